#pragma once

#include "graph/op_def.h"

namespace vernier {

/// z = x - y; integers wrap around.
extern const OpDef sub_op;

}  // namespace vernier
