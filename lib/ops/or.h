#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Logical or of booleans.
extern const OpDef or_op;

}  // namespace vernier
