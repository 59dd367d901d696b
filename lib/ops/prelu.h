#pragma once

#include "graph/op_def.h"

namespace vernier {

/// y = x < 0 ? slope * x : x, the slope broadcast to x.
extern const OpDef prelu_op;

}  // namespace vernier
