#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Logarithm of the sum of exponentials over axes, without overflow; truncated for integers.
extern const OpDef reduce_log_sum_exp_op;

}  // namespace vernier
