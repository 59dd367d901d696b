#pragma once

#include "ops/quantized.h"

namespace vernier {

/// Internal (domain "vernier"): sum of two 8-bit operands with numpy broadcasting. Inputs A, B,
/// table?. Attributes a_zero, a_scale, b_zero, b_scale (in units of the output's scale; a negative
/// one subtracts) and those of parse_quant_out:
///   t = fma(float(a - a_zero), a_scale, float(b - b_zero) * b_scale), then as in quantized.h.
struct QAddParams final : OpParams {
  std::int32_t a_zero = 0;
  std::int32_t b_zero = 0;
  float a_scale = 1.0F;
  float b_scale = 1.0F;
  QuantOut out;
};
extern const OpDef qadd_op;

}  // namespace vernier
