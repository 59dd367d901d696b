#pragma once

#include "graph/op_def.h"

namespace vernier {

/// z = x ^ y with the dtype of x; the exponent may have another dtype. Integer powers of integers
/// wrap around; negative exponents truncate toward zero.
extern const OpDef pow_op;

}  // namespace vernier
