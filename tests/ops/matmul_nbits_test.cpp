#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

Tensor bytes(const Shape& shape, const std::vector<double>& values) {
  return numbers(DType::uint8, shape, values);
}

/// What ONNX Runtime 1.32 gives for the same numbers is in the tests.
OpCase nbits(int bits, std::vector<Tensor> inputs) {
  return {.name = "MatMulNBits",
          .attributes = {attr("K", 20), attr("N", 3), attr("bits", bits), attr("block_size", 16)},
          .inputs = std::move(inputs),
          .domain = "com.microsoft"};
}

OpCase four_bits() {
  return nbits(4, {floats({2, 20}, {0.75F,  1.25F,  -2.0F, 1.25F, -0.25F, 0.0F,  0.5F,  -1.0F,
                                    2.0F,   -2.0F,  -1.0F, -0.5F, 0.25F,  -0.5F, -1.5F, -2.0F,
                                    -2.0F,  -2.0F,  -1.5F, 2.0F,  -1.25F, 0.75F, 1.0F,  -1.25F,
                                    -1.0F,  -0.25F, -1.0F, 2.0F,  -1.25F, 1.75F, 1.25F, 1.5F,
                                    -1.75F, -0.5F,  0.5F,  0.0F,  0.75F,  0.75F, 0.75F, -1.75F}),
                   bytes({3, 2, 8}, {245, 142, 231, 69,  92,  225, 47,  16,  95,  173, 31,  222,
                                     87,  58,  139, 229, 226, 223, 78,  4,   199, 181, 197, 0,
                                     9,   128, 85,  111, 238, 52,  135, 83,  75,  206, 39,  81,
                                     30,  38,  71,  178, 148, 114, 43,  204, 204, 60,  15,  81}),
                   floats({3, 2}, {0.25F, 0.875F, 0.625F, 0.625F, 0.375F, 0.625F}),
                   bytes({3, 1}, {247, 60, 196}), Tensor{}, floats({3}, {-4.0F, -1.5F, 3.5F})});
}

}  // namespace

TEST_CASE("MatMulNBits: 4 bits, zero points, a bias, a last block that is not full") {
  CHECK(check_op(four_bits(), {floats({2, 3}, {17.6875F, 26.0F, 22.90625F, -7.53125F, -5.71875F,
                                               -12.40625F})}) == "");
}

TEST_CASE("MatMulNBits: scales and zero points may be flat") {
  OpCase flat = four_bits();
  flat.inputs[2] = floats({6}, {0.25F, 0.875F, 0.625F, 0.625F, 0.375F, 0.625F});
  flat.inputs[3] = bytes({3}, {247, 60, 196});
  CHECK(check_op(flat, {floats({2, 3}, {17.6875F, 26.0F, 22.90625F, -7.53125F, -5.71875F,
                                        -12.40625F})}) == "");
}

TEST_CASE("MatMulNBits: 8 bits, the zero point is 128 where none is given") {
  CHECK(check_op(
            nbits(8, {floats({2, 20}, {1.0F,  -0.75F, -1.25F, 2.0F,   -1.5F,  -0.75F, 0.5F,  1.25F,
                                       0.5F,  1.5F,   -2.0F,  -0.5F,  0.25F,  -0.25F, -0.5F, -0.5F,
                                       -2.0F, -1.75F, 0.25F,  0.0F,   2.0F,   -1.0F,  1.5F,  -1.0F,
                                       -1.5F, -1.25F, -0.5F,  -1.25F, 1.75F,  1.25F,  1.25F, -0.25F,
                                       -2.0F, -1.0F,  -0.25F, 0.5F,   -0.25F, 0.5F,   -0.5F, 0.5F}),
                      bytes({3, 2, 16},
                            {7,   233, 137, 38,  208, 95,  224, 72,  228, 4,   110, 46,  111, 101,
                             252, 100, 193, 157, 99,  115, 19,  155, 101, 57,  41,  34,  229, 84,
                             223, 24,  17,  93,  247, 117, 179, 184, 157, 221, 83,  13,  38,  244,
                             26,  184, 115, 253, 243, 30,  3,   96,  106, 128, 44,  191, 136, 79,
                             29,  115, 231, 70,  77,  114, 191, 130, 157, 144, 119, 180, 224, 61,
                             181, 161, 53,  23,  184, 156, 128, 117, 99,  34,  96,  65,  234, 16,
                             251, 95,  77,  103, 118, 125, 178, 17,  219, 183, 54,  81}),
                      floats({3, 2}, {0.875F, 0.375F, 0.375F, 1.0F, 0.5F, 0.625F}), Tensor{},
                      Tensor{}, floats({3}, {1.5F, 1.5F, 0.5F})}),
            {floats({2, 3}, {-605.15625F, 361.25F, 50.71875F, -229.125F, 7.21875F, -272.1875F})}) ==
        "");
}

TEST_CASE("MatMulNBits: what is refused") {
  OpCase indexed = four_bits();
  indexed.inputs[4] = numbers(DType::int32, {20}, std::vector<double>(20, 0.0));
  CHECK(load_error(indexed) == "E-UNSUPPORTED-INPUT");
  OpCase float_zeros = four_bits();
  float_zeros.inputs[3] = floats({3, 2}, {8, 8, 8, 8, 8, 8});
  CHECK(load_error(float_zeros) == "E-UNSUPPORTED-DTYPE");
  OpCase three_bits = four_bits();
  three_bits.attributes[2] = attr("bits", 3);
  CHECK(load_error(three_bits) == "E-UNSUPPORTED-ATTR");
  OpCase odd_block = four_bits();
  odd_block.attributes[3] = attr("block_size", 24);
  CHECK(load_error(odd_block) == "E-MODEL-ATTR");
  OpCase short_b = four_bits();
  short_b.inputs[1] = bytes({3, 1, 8}, std::vector<double>(24, 0.0));
  CHECK(load_error(short_b) == "E-MODEL-SHAPE");
  CHECK(run_error(short_b) == "E-MODEL-SHAPE");
  OpCase flat_bias = four_bits();
  flat_bias.inputs.resize(5);
  flat_bias.inputs.push_back(floats({1, 3}, {1, 1, 1}));
  CHECK(load_error(flat_bias) == "E-MODEL-SHAPE");
  CHECK(run_error(flat_bias) == "E-MODEL-SHAPE");
  OpCase few_scales = four_bits();
  few_scales.inputs[2] = floats({3}, {1, 1, 1});
  CHECK(load_error(few_scales) == "E-MODEL-SHAPE");
  CHECK(run_error(few_scales) == "E-MODEL-SHAPE");
}
