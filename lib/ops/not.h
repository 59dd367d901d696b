#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Logical negation of booleans.
extern const OpDef not_op;

}  // namespace vernier
