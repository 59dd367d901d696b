#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Logarithm of the sum over axes; truncated for integers.
extern const OpDef reduce_log_sum_op;

}  // namespace vernier
