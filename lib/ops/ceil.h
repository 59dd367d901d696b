#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Rounds up.
extern const OpDef ceil_op;

}  // namespace vernier
