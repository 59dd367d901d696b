#pragma once

#include "graph/op_def.h"

namespace vernier {

/// MatMulInteger: (A - a_zero) * (B - b_zero) in int32. Inputs A, B, a_zero?, b_zero?; zero points
/// are one for all, or one per row of A and per column of B.
extern const OpDef matmul_integer_op;

}  // namespace vernier
