#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("BatchNormalization: per channel") {
  CHECK(
      check_op({.name = "BatchNormalization",
                .attributes = {attr("epsilon", 0.01F)},
                .inputs = {floats({2, 3, 2}, {-2.0F, 1.0F, -0.5F, -2.0F, -1.5F, -1.25F, -1.75F,
                                              -1.75F, 0.25F, -1.25F, 2.0F, 0.25F}),
                           floats({3}, {1.25F, 1.25F, 1.5F}), floats({3}, {1.25F, -0.75F, 0.5F}),
                           floats({3}, {0.25F, 0.75F, 1.0F}), floats({3}, {1.75F, 1.25F, 0.25F})}},
               {floats({2, 3, 2}, {-0.870001554F, 1.95666718F, -2.14198565F, -3.81236839F,
                                   -6.85435534F, -6.11891985F, -0.634445906F, -0.634445906F,
                                   -1.30679429F, -2.97717714F, 3.44174218F, -1.70630646F})}) == "");
}

TEST_CASE("BatchNormalization: no spatial axes") {
  CHECK(check_op({.name = "BatchNormalization",
                  .inputs = {floats({2, 3}, {1.25F, 2.0F, 0.25F, -0.25F, -1.25F, -0.25F}),
                             floats({3}, {1.25F, 1.75F, 1.0F}), floats({3}, {-1.25F, -1.5F, 0.25F}),
                             floats({3}, {0.5F, 1.75F, 1.25F}), floats({3}, {1.25F, 0.5F, 1.75F})}},
                 {floats({2, 3}, {-0.411477804F, -0.881287754F, -0.505926788F, -2.0885222F,
                                  -8.9245472F, -0.883890152F})}) == "");
}

TEST_CASE("BatchNormalization: training and wrong sizes are refused") {
  CHECK(load_error(
            {.name = "BatchNormalization",
             .attributes = {attr("training_mode", 1)},
             .inputs = {floats({2, 3}, {0.25F, 1.5F, 1.0F, -0.75F, -0.5F, -0.25F}),
                        floats({3}, {0.75F, 1.75F, 0.75F}), floats({3}, {0.75F, 0.25F, -0.5F}),
                        floats({3}, {0.75F, -1.5F, 0.25F}), floats({3}, {0.5F, 0.25F, 1.75F})}}) ==
        "E-UNSUPPORTED");
  CHECK(load_error({.name = "BatchNormalization",
                    .inputs = {floats({2, 3}, {1.25F, 0.75F, 1.75F, 0.5F, -1.75F, -0.5F}),
                               floats({2}, {0.5F, 1.5F}), floats({3}, {-1.5F, 0.5F, 1.5F}),
                               floats({3}, {-1.25F, 1.75F, 0.75F}),
                               floats({3}, {0.25F, 1.25F, 0.75F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "BatchNormalization",
                   .inputs = {floats({2, 3}, {0.75F, -1.25F, 0.0F, -0.25F, 0.0F, 1.75F}),
                              floats({2}, {2.0F, 0.25F}), floats({3}, {1.25F, -1.5F, -1.5F}),
                              floats({3}, {0.0F, 2.0F, 0.0F}),
                              floats({3}, {1.25F, 1.5F, 1.0F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(
            {.name = "BatchNormalization",
             .attributes = {attr("spatial", 1)},
             .inputs = {floats({2, 3}, {-0.25F, 0.75F, -1.5F, 1.5F, -0.5F, 0.5F}),
                        floats({3}, {2.0F, 1.75F, 1.75F}), floats({3}, {1.25F, -1.75F, -0.25F}),
                        floats({3}, {1.25F, -1.0F, -0.75F}), floats({3}, {2.0F, 1.75F, 0.75F})}}) ==
        "E-UNSUPPORTED-ATTR");
}
