#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("FusedMatMul: bias, residual, then relu") {
  CHECK(check_op(
            {.name = "FusedMatMul",
             .attributes = {attr("activation", "relu")},
             .inputs = {floats({2, 2, 3}, {0.0F, 0.25F, 0.5F, -1.75F, -0.75F, 0.25F, -1.75F, 1.25F,
                                           1.25F, 0.0F, 1.25F, -0.25F}),
                        floats({3, 4}, {0.25F, -0.25F, -1.5F, -1.5F, 0.25F, -1.75F, 0.5F, -0.75F,
                                        -0.25F, 1.75F, 1.5F, -0.25F}),
                        floats({4}, {-0.5F, 1.25F, 0.0F, 1.0F}),
                        floats({2, 2, 4}, {-1.75F, 1.0F, 0.25F, -1.25F, 1.25F, 0.25F, 1.0F, 1.5F,
                                           -1.0F, 1.25F, 2.0F, 0.0F, 1.0F, 1.25F, -0.25F, 1.25F})},
             .domain = "vernier"},
            {floats({2, 2, 4}, {0.0F, 2.6875F, 1.125F, 0.0F, 0.0625F, 3.6875F, 3.625F, 5.625F, 0.0F,
                                2.9375F, 7.125F, 2.375F, 0.875F, 0.0F, 0.0F, 1.375F})}) == "");
}

TEST_CASE("FusedMatMul: nothing but the product") {
  CHECK(check_op({.name = "FusedMatMul",
                  .inputs = {floats({2, 2, 3}, {0.0F, 0.25F, 0.5F, -1.75F, -0.75F, 0.25F, -1.75F,
                                                1.25F, 1.25F, 0.0F, 1.25F, -0.25F}),
                             floats({3, 4}, {0.25F, -0.25F, -1.5F, -1.5F, 0.25F, -1.75F, 0.5F,
                                             -0.75F, -0.25F, 1.75F, 1.5F, -0.25F})},
                  .domain = "vernier"},
                 {floats({2, 2, 4}, {-0.0625F, 0.4375F, 0.875F, -0.3125F, -0.6875F, 2.1875F, 2.625F,
                                     3.125F, -0.4375F, 0.4375F, 5.125F, 1.375F, 0.375F, -2.625F,
                                     0.25F, -0.875F})}) == "");
}

TEST_CASE("FusedMatMul: a bias of another length is refused") {
  CHECK(load_error({.name = "FusedMatMul",
                    .inputs = {floats({2, 2, 3}, {0.0F, 0.25F, 0.5F, -1.75F, -0.75F, 0.25F, -1.75F,
                                                  1.25F, 1.25F, 0.0F, 1.25F, -0.25F}),
                               floats({3, 4}, {0.25F, -0.25F, -1.5F, -1.5F, 0.25F, -1.75F, 0.5F,
                                               -0.75F, -0.25F, 1.75F, 1.5F, -0.25F}),
                               floats({3}, {-0.25F, 1.75F, 1.25F})},
                    .domain = "vernier"}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "FusedMatMul",
                   .inputs = {floats({2, 2, 3}, {0.0F, 0.25F, 0.5F, -1.75F, -0.75F, 0.25F, -1.75F,
                                                 1.25F, 1.25F, 0.0F, 1.25F, -0.25F}),
                              floats({3, 4}, {0.25F, -0.25F, -1.5F, -1.5F, 0.25F, -1.75F, 0.5F,
                                              -0.75F, -0.25F, 1.75F, 1.5F, -0.25F}),
                              floats({3}, {0.25F, -1.5F, 1.5F})},
                   .domain = "vernier"}) == "E-MODEL-SHAPE");
}
