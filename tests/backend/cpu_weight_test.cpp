#include "backend/cpu_row_check.h"

using namespace vernier;
using namespace vernier::row_check;

// Products with packed integer weights against the scalar references, in every tier.
namespace {

Operand in(Tensor value) { return {std::move(value), false}; }
Operand fixed(Tensor value) { return {std::move(value), true}; }

std::int64_t blocks_of(std::int64_t k, std::int64_t block) { return (k + block - 1) / block; }

struct Sizes {
  Shape a;  ///< ends in K
  std::int64_t n;
};

const std::vector<Sizes>& sizes() {
  static const std::vector<Sizes> all = {{{1, 64}, 33},     {{2, 100}, 16},  {{3, 33}, 7},
                                         {{4, 96}, 65},     {{7, 40}, 20},   {{8, 131}, 24},
                                         {{9, 65}, 100},    {{70, 48}, 150}, {{2, 3, 5, 36}, 18},
                                         {{150, 160}, 200}, {{1, 1}, 1}};
  return all;
}

Tensor codes(DType dtype, const Shape& shape, std::uint64_t seed) {
  switch (dtype) {
    case DType::int4:
      return integers(dtype, shape, seed, -8, 7);
    case DType::uint4:
      return integers(dtype, shape, seed, 0, 15);
    case DType::int8:
      return integers(dtype, shape, seed, -128, 127);
    default:
      return integers(dtype, shape, seed, 0, 255);
  }
}

double tolerance_for(std::int64_t k) { return 2e-6 * static_cast<double>(k); }

}  // namespace

TEST_CASE("MatMulNBits equals the reference") {
  std::uint64_t seed = 0;
  for (const Sizes& size : sizes()) {
    const std::int64_t k = size.a.back();
    for (const std::int64_t bits : {4, 8}) {
      for (const std::int64_t block : {16, 32, 128}) {
        const std::int64_t blocks = blocks_of(k, block);
        ++seed;
        std::vector<Operand> inputs = {
            in(floats(size.a, seed)),
            fixed(integers(DType::uint8, {size.n, blocks, block * bits / 8}, seed + 1, 0, 255)),
            fixed(floats({size.n, blocks}, seed + 2, -0.02F, 0.02F))};
        if (seed % 3 != 0) {
          inputs.push_back(fixed(
              integers(DType::uint8, {size.n * ((blocks * bits + 7) / 8)}, seed + 3, 0, 255)));
        }
        if (seed % 2 != 0) {
          inputs.resize(5);
          inputs.push_back(fixed(floats({size.n}, seed + 4)));
        }
        INFO("k " << k << ", n " << size.n << ", bits " << bits << ", block " << block);
        Case test{"com.microsoft",
                  "MatMulNBits",
                  inputs,
                  {attr("K", k), attr("N", size.n), attr("bits", bits), attr("block_size", block)}};
        test.tolerance = tolerance_for(k);
        check_row(test);
      }
    }
  }
}

TEST_CASE("DequantMatMul equals the reference") {
  std::uint64_t seed = 100;
  const char* activations[] = {"none", "relu", "gelu_erf"};
  for (const Sizes& size : sizes()) {
    const std::int64_t k = size.a.back();
    for (const DType dtype : {DType::int4, DType::uint4, DType::int8, DType::uint8}) {
      for (const std::int64_t block : {0, 16, 64}) {
        for (const bool transposed : {false, true}) {
          ++seed;
          const auto oriented = [&](std::int64_t rows, std::int64_t columns) {
            return transposed ? Shape{columns, rows} : Shape{rows, columns};
          };
          Shape scales{size.n};
          if (block != 0) scales = oriented(blocks_of(k, block), size.n);
          if (block == 0 && seed % 5 == 0) scales = Shape{};
          Shape output = size.a;
          output[output.size() - 1] = size.n;
          std::vector<Operand> inputs = {
              in(floats(size.a, seed)),
              fixed(codes(dtype, oriented(k, size.n), seed + 1)),
              fixed(floats(scales, seed + 2, -0.02F, 0.02F)),
              seed % 3 == 0 ? Operand{} : fixed(codes(dtype, scales, seed + 3)),
              seed % 2 == 0 ? Operand{} : fixed(floats({size.n}, seed + 4)),
              seed % 7 == 0 ? in(floats(output, seed + 5)) : Operand{}};
          INFO("k " << k << ", n " << size.n << ", " << dtype_name(dtype) << ", block " << block
                    << ", transposed " << transposed);
          Case test{"vernier",
                    "DequantMatMul",
                    inputs,
                    {attr("block_size", block), attr("trans_b", transposed ? 1 : 0),
                     attr("activation", activations[seed % 3])}};
          test.tolerance = tolerance_for(k);
          check_row(test);
        }
      }
    }
  }
}

TEST_CASE("weights that are not constant are left to the reference") {
  const Case test{"com.microsoft",
                  "MatMulNBits",
                  {in(floats({1, 32}, 1)), in(integers(DType::uint8, {3, 1, 16}, 2, 0, 255)),
                   fixed(floats({3, 1}, 3))},
                  {attr("K", 32), attr("N", 3), attr("block_size", 32)}};
  CHECK(refusal(test) == "weight, scales or zero points are not constant");
}
