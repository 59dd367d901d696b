#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Natural logarithm.
extern const OpDef log_op;

}  // namespace vernier
