#pragma once

#include "ops/matmul.h"
#include "ops/quantized.h"

namespace vernier {

/// Internal (domain "vernier"): MatMul on 8-bit integers. Operands as in QuantSumInput, with X and
/// W as the operands of MatMul, W of rank >= 2; the channels are the columns of W, the last axis of
/// the output. Attributes: those of parse_quant_sum.
struct QMatMulParams final : OpParams {
  QuantSum sum;
};
extern const OpDef qmatmul_op;

}  // namespace vernier
