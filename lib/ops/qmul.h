#pragma once

#include "ops/quantized.h"

namespace vernier {

/// Internal (domain "vernier"): product of two 8-bit operands with numpy broadcasting. Inputs A, B,
/// table?. Attributes a_zero, b_zero, scale (in units of the output's scale) and those of
/// parse_quant_out: t = float((a - a_zero) * (b - b_zero)) * scale, then as in quantized.h.
struct QMulParams final : OpParams {
  std::int32_t a_zero = 0;
  std::int32_t b_zero = 0;
  float scale = 1.0F;
  QuantOut out;
};
extern const OpDef qmul_op;

}  // namespace vernier
