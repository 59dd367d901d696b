#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

OpCase product(std::vector<Attribute> attributes, std::vector<Tensor> inputs) {
  return {.name = "DequantMatMul",
          .attributes = std::move(attributes),
          .inputs = std::move(inputs),
          .domain = "vernier"};
}

const Tensor kRow = floats({1, 3}, {1.0F, 2.0F, -1.0F});

}  // namespace

TEST_CASE("DequantMatMul: a scale a column") {
  // [[1, -2], [3, 4], [-8, 7]] with scales 0.5 and 2: 0.5 * (1 + 6 + 8), 2 * (-2 + 8 - 7)
  CHECK(check_op(product({}, {kRow, numbers(DType::int4, {3, 2}, {1, -2, 3, 4, -8, 7}),
                              floats({2}, {0.5F, 2.0F})}),
                 {floats({1, 2}, {7.5F, -2.0F})}) == "");
}

TEST_CASE("DequantMatMul: blocks of two rows, zero points, bias, residual, relu") {
  // Column 0: 1 * (10 - 8) * 0.5 + 2 * (4 - 8) * 0.5 - 1 * (9 - 1) * 2 = 1 - 4 - 16
  // Column 1: 1 * (0 - 2) * 1 + 2 * (3 - 2) * 1 - 1 * (5 - 7) * 4 = -2 + 2 + 8
  const Tensor codes = numbers(DType::uint4, {3, 2}, {10, 0, 4, 3, 9, 5});
  const Tensor scales = floats({2, 2}, {0.5F, 1.0F, 2.0F, 4.0F});
  const Tensor zeros = numbers(DType::uint4, {2, 2}, {8, 2, 1, 7});
  CHECK(check_op(product({attr("block_size", 2), attr("activation", "relu")},
                         {kRow, codes, scales, zeros, floats({2}, {20.0F, 0.5F}),
                          floats({1, 2}, {-2.0F, 1.0F})}),
                 {floats({1, 2}, {0.0F, 9.5F})}) == "");
}

TEST_CASE("DequantMatMul: the transposed weight") {
  // The same numbers, [N, K].
  CHECK(check_op(product({attr("block_size", 2), attr("trans_b", 1)},
                         {kRow, numbers(DType::uint4, {2, 3}, {10, 4, 9, 0, 3, 5}),
                          floats({2, 2}, {0.5F, 2.0F, 1.0F, 4.0F}),
                          numbers(DType::uint4, {2, 2}, {8, 1, 2, 7})}),
                 {floats({1, 2}, {-19.0F, 8.0F})}) == "");
  CHECK(check_op(product({attr("trans_b", 1)},
                         {kRow, numbers(DType::int8, {2, 3}, {100, -100, 5, 1, 2, 3}),
                          floats({2}, {0.5F, 2.0F})}),
                 {floats({1, 2}, {-52.5F, 4.0F})}) == "");
}

TEST_CASE("DequantMatMul: scales that do not fit are refused") {
  CHECK(load_error(product({attr("block_size", 2)},
                           {kRow, numbers(DType::int8, {3, 2}, {1, 2, 3, 4, 5, 6}),
                            floats({2}, {1.0F, 1.0F})})) == "E-MODEL-SHAPE");
  CHECK(load_error(product({}, {kRow, numbers(DType::int8, {3, 2}, {1, 2, 3, 4, 5, 6}),
                                floats({3}, {1.0F, 1.0F, 1.0F})})) == "E-MODEL-SHAPE");
}
