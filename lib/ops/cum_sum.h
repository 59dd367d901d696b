#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Running sum along the axis of input 1; integers wrap around.
extern const OpDef cum_sum_op;

}  // namespace vernier
