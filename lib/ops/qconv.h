#pragma once

#include "ops/conv.h"
#include "ops/quantized.h"

namespace vernier {

/// Internal (domain "vernier"): Conv on 8-bit integers. Operands as in QuantSumInput, with X and W
/// in Conv's shapes; Conv's attributes and those of parse_quant_sum. The padding is the real value
/// zero, that is the integer x_zero.
struct QConvParams final : ConvParams {
  QuantSum sum;
};
extern const OpDef qconv_op;

}  // namespace vernier
