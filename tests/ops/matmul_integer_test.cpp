#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("MatMulInteger: zero points") {
  CHECK(check_op({.name = "MatMulInteger",
                  .inputs = {numbers(DType::uint8, {2, 3}, {163, 145, 183, 253, 131, 98}),
                             numbers(DType::uint8, {3, 2}, {222, 165, 119, 46, 118, 238}),
                             numbers(DType::uint8, {}, {12}), numbers(DType::uint8, {}, {7})}},
                 {numbers(DType::int32, {2, 2}, {66342, 68546, 74689, 62585})}) == "");
}

TEST_CASE("MatMulInteger: zero points per row and column") {
  CHECK(
      check_op({.name = "MatMulInteger",
                .inputs = {numbers(DType::int8, {2, 3}, {-44, 91, 83, 69, -37, 58}),
                           numbers(DType::int8, {3, 2}, {39, 79, -19, 23, 87, 82}),
                           numbers(DType::int8, {2}, {1, -2}), numbers(DType::int8, {2}, {3, 4})}},
               {numbers(DType::int32, {2, 2}, {3288, 4731, 8366, 9340})}) == "");
}

TEST_CASE("MatMulInteger: wrong types and sizes are refused") {
  CHECK(load_error({.name = "MatMulInteger",
                    .inputs = {floats({2, 3}, {1.25F, -0.25F, -2.0F, -0.25F, 0.75F, 2.0F}),
                               floats({3, 4}, {-1.25F, -0.75F, 0.0F, 0.0F, 2.0F, -0.5F, 0.25F,
                                               -1.0F, -2.0F, -0.5F, -0.25F, -1.5F})}}) ==
        "E-MODEL-DTYPE");
  CHECK(run_error({.name = "MatMulInteger",
                   .inputs = {numbers(DType::int8, {2, 3}, {-44, 91, 83, 69, -37, 58}),
                              numbers(DType::int8, {3, 2}, {39, 79, -19, 23, 87, 82}),
                              numbers(DType::int8, {3}, {1, 2, 3})}}) == "E-MODEL-SHAPE");
}
