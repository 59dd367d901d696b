#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Logical and of booleans.
extern const OpDef and_op;

}  // namespace vernier
