#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Index of the minimum along one axis.
extern const OpDef arg_min_op;

}  // namespace vernier
