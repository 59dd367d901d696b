#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("FusedGemm: C, residual, then hard_swish") {
  CHECK(
      check_op({.name = "FusedGemm",
                .attributes = {attr("activation", "hard_swish"), attr("alpha", 0.5F)},
                .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                           floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                           -2.0F, -0.5F, -0.25F, -1.5F}),
                           floats({2, 4}, {0.75F, -0.75F, -2.0F, 0.25F, -1.0F, 1.0F, -2.0F, 1.25F}),
                           floats({2, 4}, {2.0F, 2.0F, 0.0F, 1.0F, -0.25F, 0.75F, 1.5F, 1.0F})},
                .domain = "vernier"},
               {floats({2, 4}, {3.71875F, 0.97281903F, -0.361816406F, 2.81510425F, -0.256347656F,
                                0.80094403F, -0.256347656F, 0.2109375F})}) == "");
}

TEST_CASE("FusedGemm: a residual of another shape is refused") {
  CHECK(load_error(
            {.name = "FusedGemm",
             .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                        floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                        -2.0F, -0.5F, -0.25F, -1.5F}),
                        floats({2, 4}, {0.75F, -0.75F, -2.0F, 0.25F, -1.0F, 1.0F, -2.0F, 1.25F}),
                        floats({4}, {-1.0F, 0.25F, 1.25F, 0.25F})},
             .domain = "vernier"}) == "E-MODEL-SHAPE");
  CHECK(run_error(
            {.name = "FusedGemm",
             .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                        floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                        -2.0F, -0.5F, -0.25F, -1.5F}),
                        floats({2, 4}, {0.75F, -0.75F, -2.0F, 0.25F, -1.0F, 1.0F, -2.0F, 1.25F}),
                        floats({4}, {-1.0F, 1.0F, 1.0F, 0.5F})},
             .domain = "vernier"}) == "E-MODEL-SHAPE");
}
