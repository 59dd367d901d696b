#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("InstanceNormalization: every plane by itself") {
  CHECK(
      check_op(
          {.name = "InstanceNormalization",
           .attributes = {attr("epsilon", 0.01F)},
           .inputs = {floats({2, 2, 2, 2}, {-2.0F, 0.0F, 1.5F, 0.25F, -1.5F, 0.0F, -0.25F, 0.5F,
                                            0.75F, -1.0F, 0.0F, 0.0F, -1.5F, 0.0F, -1.5F, -1.25F}),
                      floats({2}, {-1.0F, 2.0F}), floats({2}, {-2.0F, 1.5F})},
           .rtol = 1e-5},
          {floats({2, 2, 2, 2},
                  {-0.46066153F, -2.04965615F, -3.24140215F, -2.24828029F, -1.69384122F,
                   2.34048462F, 1.6680969F, 3.68525982F, -3.28997707F, -0.511564851F, -2.0992291F,
                   -2.0992291F, 0.110793829F, 4.87378645F, 0.110793829F, 0.904625952F})}) == "");
}

TEST_CASE("InstanceNormalization: wrong scale is refused") {
  CHECK(load_error({.name = "InstanceNormalization",
                    .inputs = {floats({2, 2, 3}, {-1.25F, 2.0F, -1.5F, 0.5F, -0.25F, -1.25F, -0.5F,
                                                  -0.5F, 0.25F, 1.0F, -1.0F, -0.5F}),
                               floats({3}, {-2.0F, -1.0F, -0.75F}), floats({2}, {1.25F, 1.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "InstanceNormalization",
                   .inputs = {floats({2, 2, 3}, {1.25F, -1.0F, -1.25F, -0.5F, -0.25F, 1.0F, 1.5F,
                                                 -0.5F, -1.25F, 1.75F, 0.25F, 1.75F}),
                              floats({3}, {-0.5F, -0.75F, -1.75F}), floats({2}, {1.0F, 0.0F})}}) ==
        "E-MODEL-SHAPE");
}
