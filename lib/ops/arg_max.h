#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Index of the maximum along one axis.
extern const OpDef arg_max_op;

}  // namespace vernier
