#pragma once

#include "ops/matmul.h"
#include "ops/quantized.h"

namespace vernier {

/// Internal (domain "vernier"): MatMul on 8-bit integers. Inputs A, B (uint8, int8), scale,
/// offset?, residual?, table? (see quantized.h; the channels are the last axis of the output, that
/// is the columns of B, which has rank >= 2). Attributes a_zero, b_zero and those of
/// parse_quant_sum.
struct QMatMulParams final : OpParams {
  std::int32_t a_zero = 0;
  std::int32_t b_zero = 0;
  QuantSum sum;
};
extern const OpDef qmatmul_op;

}  // namespace vernier
