#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("MatMul: matrices") {
  CHECK(check_op({.name = "MatMul",
                  .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                             floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F, -1.0F,
                                             -2.0F, -0.5F, -0.25F, -1.5F})}},
                 {floats({2, 4}, {1.9375F, 0.1875F, 0.4375F, 3.25F, -2.1875F, -1.1875F, -0.3125F,
                                  -3.75F})}) == "");
}

TEST_CASE("MatMul: broadcast batches") {
  CHECK(check_op({.name = "MatMul",
                  .inputs = {floats({2, 1, 2, 3}, {-0.75F, 0.25F, 0.5F, -1.25F, 1.75F, 0.5F, -2.0F,
                                                   -1.0F, 1.25F, 0.75F, 0.25F, 0.0F}),
                             floats({3, 3, 2}, {-0.5F, 2.0F, -0.75F, 1.5F, -1.75F, 0.25F, -1.0F,
                                                -0.25F, 0.5F, -1.75F, -1.75F, 0.25F, 0.75F, -1.75F,
                                                2.0F, -0.25F, 2.0F, -1.5F})}},
                 {floats({2, 3, 2, 2},
                         {-0.6875F, -1.0F,    -1.5625F, 0.25F,  0.0F,     -0.125F,
                          1.25F,    -2.625F,  0.9375F,  0.5F,   3.5625F,  1.0F,
                          -0.4375F, -5.1875F, -0.5625F, 1.875F, -0.6875F, 2.5625F,
                          -0.625F,  -0.625F,  -1.0F,    1.875F, 1.0625F,  -1.375F})}) == "");
}

TEST_CASE("MatMul: vectors") {
  CHECK(
      check_op({.name = "MatMul",
                .inputs = {floats({3}, {1.75F, 0.5F, 1.25F}), floats({3}, {1.25F, -1.25F, -1.5F})}},
               {floats({}, {-0.3125F})}) == "");
}

TEST_CASE("MatMul: vector times batch") {
  CHECK(check_op({.name = "MatMul",
                  .inputs = {floats({3}, {2.0F, -0.25F, -1.25F}),
                             floats({2, 3, 2}, {0.5F, 1.5F, -1.0F, 1.5F, -1.75F, 0.5F, -0.5F, 0.0F,
                                                0.5F, -1.25F, -2.0F, 0.0F})}},
                 {floats({2, 2}, {3.4375F, 2.0F, 1.375F, 0.3125F})}) == "");
}

TEST_CASE("MatMul: batch times vector") {
  CHECK(check_op({.name = "MatMul",
                  .inputs = {floats({2, 2, 3}, {2.0F, -1.0F, 0.25F, -1.5F, -0.75F, -1.5F, -1.75F,
                                                1.25F, 1.75F, 1.75F, 1.0F, -1.5F}),
                             floats({3}, {1.75F, -2.0F, -1.0F})}},
                 {floats({2, 2}, {5.25F, 0.375F, -7.3125F, 2.5625F})}) == "");
}

TEST_CASE("MatMul: no inner elements gives zeros") {
  CHECK(check_op({.name = "MatMul", .inputs = {floats({2, 0}, {}), floats({0, 2}, {})}},
                 {floats({2, 2}, {0.0F, 0.0F, 0.0F, 0.0F})}) == "");
}

TEST_CASE("MatMul: int32 wraps around") {
  CHECK(check_op({.name = "MatMul",
                  .inputs = {numbers(DType::int32, {1, 2}, {1073741824, 4}),
                             numbers(DType::int32, {2, 1}, {4, 1})}},
                 {numbers(DType::int32, {1, 1}, {4})}) == "");
}

TEST_CASE("MatMul: shapes must fit") {
  CHECK(load_error({.name = "MatMul",
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                               floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "MatMul",
                   .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                              floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error({.name = "MatMul",
                    .inputs = {floats({2, 2, 3}, {-1.0F, 1.0F, -1.5F, 2.0F, -1.25F, 1.5F, 0.25F,
                                                  -1.0F, -0.25F, -1.75F, -0.25F, 0.75F}),
                               floats({3, 3, 2}, {-1.25F, 2.0F, 0.75F, -0.5F, -1.0F, 1.25F, -0.5F,
                                                  2.0F, -0.25F, 0.75F, 1.75F, 2.0F, -1.0F, -0.25F,
                                                  1.0F, -0.5F, -0.75F, 0.5F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "MatMul",
                   .inputs = {floats({2, 2, 3}, {1.75F, -0.25F, -0.5F, 1.0F, 0.0F, -0.75F, 1.5F,
                                                 0.5F, 0.75F, 1.25F, -1.75F, 1.5F}),
                              floats({3, 3, 2}, {-1.5F, -2.0F, 2.0F, -1.0F, -2.0F, 0.75F, -0.75F,
                                                 -0.25F, 2.0F, 0.25F, -2.0F, 0.75F, -1.5F, -0.75F,
                                                 -1.25F, 1.75F, -1.75F, 0.25F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error({.name = "MatMul",
                    .inputs = {floats({}, {1.0F}),
                               floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error({.name = "MatMul",
                    .attributes = {attr("transA", 1)},
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                               floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F,
                                               -1.0F, -2.0F, -0.5F, -0.25F, -1.5F})}}) ==
        "E-UNSUPPORTED-ATTR");
}
