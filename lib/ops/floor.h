#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Rounds down.
extern const OpDef floor_op;

}  // namespace vernier
