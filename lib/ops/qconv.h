#pragma once

#include "ops/conv.h"
#include "ops/quantized.h"

namespace vernier {

/// Internal (domain "vernier"): Conv on 8-bit integers. Inputs X (uint8, int8), W (int8, zero point
/// 0), scale, offset?, residual?, table? (see quantized.h; channels are those of the output).
/// Conv's attributes, x_zero and those of parse_quant_sum. The padding has the value zero, that is
/// the integer x_zero.
struct QConvParams final : ConvParams {
  std::int32_t x_zero = 0;
  QuantSum sum;
};
extern const OpDef qconv_op;

}  // namespace vernier
