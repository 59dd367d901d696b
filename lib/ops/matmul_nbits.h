#pragma once

#include "graph/op_def.h"

namespace vernier {

/// com.microsoft's MatMulNBits: matmul(A, W') + bias with W [N, K] in blocks of block_size along K.
/// Inputs A (float), B (uint8 [N, blocks, block_size * bits / 8], low bits first), scales (N *
/// blocks elements), zero_points? (uint8, packed as B along the blocks, each row from a new byte;
/// 2^(bits - 1) without), g_idx (refused), bias? [N]. Bits are 4 or 8; zero points in floats and
/// g_idx are unsupported.
struct MatMulNBitsParams final : OpParams {
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t block_size = 0;
  int bits = 4;
  [[nodiscard]] std::int64_t blocks() const noexcept { return (k + block_size - 1) / block_size; }
  [[nodiscard]] std::int64_t blob_bytes() const noexcept { return block_size * bits / 8; }
  /// Bytes of the zero points of one row of W.
  [[nodiscard]] std::int64_t zero_bytes() const noexcept { return (blocks() * bits + 7) / 8; }
};
extern const OpDef matmul_nbits_op;

}  // namespace vernier
