#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Mean over axes; that of integers is truncated. The mean of nothing is NaN (integers: 0).
extern const OpDef reduce_mean_op;

}  // namespace vernier
