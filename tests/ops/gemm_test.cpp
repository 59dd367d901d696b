#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Gemm: alpha and beta") {
  CHECK(check_op(
            {.name = "Gemm",
             .attributes = {attr("alpha", 0.5F), attr("beta", 2.0F)},
             .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                        floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                        -2.0F, -0.5F, -0.25F, -1.5F}),
                        floats({2, 4}, {0.75F, -0.75F, -2.0F, 0.25F, -1.0F, 1.0F, -2.0F, 1.25F})}},
            {floats({2, 4}, {2.46875F, -1.40625F, -3.78125F, 2.125F, -3.09375F, 1.40625F, -4.15625F,
                             0.625F})}) == "");
}

TEST_CASE("Gemm: both transposed, C per row") {
  CHECK(check_op({.name = "Gemm",
                  .attributes = {attr("transA", 1), attr("transB", 1)},
                  .inputs = {floats({3, 2}, {1.25F, -0.25F, -0.25F, 0.75F, -2.0F, 2.0F}),
                             floats({4, 3}, {-1.25F, 2.0F, -2.0F, -0.75F, -0.5F, -0.5F, 0.0F, 0.25F,
                                             -0.25F, 0.0F, -1.0F, -1.5F}),
                             floats({2, 1}, {0.25F, 1.0F})}},
                 {floats({2, 4}, {2.1875F, 0.4375F, 0.6875F, 3.5F, -1.1875F, -0.1875F, 0.6875F,
                                  -2.75F})}) == "");
}

TEST_CASE("Gemm: without C") {
  CHECK(check_op({.name = "Gemm",
                  .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                             floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                             -2.0F, -0.5F, -0.25F, -1.5F})}},
                 {floats({2, 4}, {1.9375F, 0.1875F, 0.4375F, 3.25F, -2.1875F, -1.1875F, -0.3125F,
                                  -3.75F})}) == "");
}

TEST_CASE("Gemm: scalar C") {
  CHECK(check_op({.name = "Gemm",
                  .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                             floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                             -2.0F, -0.5F, -0.25F, -1.5F}),
                             floats({}, {2.5F})}},
                 {floats({2, 4}, {4.4375F, 2.6875F, 2.9375F, 5.75F, 0.3125F, 1.3125F, 2.1875F,
                                  -1.25F})}) == "");
}

TEST_CASE("Gemm: no inner elements leaves C") {
  CHECK(check_op(
            {.name = "Gemm",
             .inputs = {floats({2, 0}, {}), floats({0, 3}, {}), floats({3}, {-0.5F, 1.5F, 0.0F})}},
            {floats({2, 3}, {-0.5F, 1.5F, 0.0F, -0.5F, 1.5F, 0.0F})}) == "");
}

TEST_CASE("Gemm: integers are exact") {
  CHECK(check_op({.name = "Gemm",
                  .inputs = {ints({1, 2}, {9007199254740993, 1}), ints({2, 1}, {1, 2}),
                             ints({1, 1}, {3})}},
                 {ints({1, 1}, {9007199254740998})}) == "");
}

TEST_CASE("Gemm: shapes must fit") {
  CHECK(load_error({.name = "Gemm",
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                               floats({2, 4}, {0.75F, -0.75F, -2.0F, 0.25F, -1.0F, 1.0F, -2.0F,
                                               1.25F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Gemm",
                   .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                              floats({2, 4}, {0.75F, -0.75F, -2.0F, 0.25F, -1.0F, 1.0F, -2.0F,
                                              1.25F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error({.name = "Gemm",
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                               floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F,
                                               -1.0F, -2.0F, -0.5F, -0.25F, -1.5F}),
                               floats({3}, {2.0F, -0.75F, 1.5F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error({.name = "Gemm",
                   .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                              floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                              -2.0F, -0.5F, -0.25F, -1.5F}),
                              floats({3}, {0.75F, 1.75F, -1.5F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error({.name = "Gemm",
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                               floats({3}, {0.0F, 1.75F, -1.0F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error({.name = "Gemm",
                    .attributes = {attr("broadcast", 1)},
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                               floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F,
                                               -1.0F, -2.0F, -0.5F, -0.25F, -1.5F})}}) ==
        "E-UNSUPPORTED-ATTR");
}
