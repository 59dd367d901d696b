#pragma once

#include "graph/op_def.h"
#include "ops/activation.h"

namespace vernier {

/// Internal (domain "vernier"): activation(matmul(A, dequantize(W)) + bias + residual). Inputs A
/// (float, rank >= 2), W ([K, N], or [N, K] with trans_b; int8, uint8, int4 or uint4), scale, zero
/// point?, bias? (1-D over N), residual? (the output's shape). Scale and zero point are those of
/// DequantizeLinear: one element, one for each of N, or with block_size one for each block_size
/// rows along K and each of N.
struct DequantMatMulParams final : OpParams {
  std::int64_t block_size = 0;  ///< 0: no blocks
  bool trans_b = false;
  Activation activation;
};
extern const OpDef dequant_matmul_op;

/// What kernels must be able to take: blocks of a multiple of so many rows, or at least K. Nodes
/// with other blocks need not be faster than the products that they stand for.
inline constexpr std::int64_t kDequantMatMulUnit = 8;

}  // namespace vernier
