#pragma once

#include "graph/op_def.h"

namespace vernier {

/// QLinearMatMul: quantize(dequantize(A) * dequantize(B)). Inputs a, a_scale, a_zero, b, b_scale,
/// b_zero, y_scale, y_zero; A's may run over rows, B's over columns.
extern const OpDef qlinear_matmul_op;

}  // namespace vernier
