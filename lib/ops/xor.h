#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Logical exclusive or of booleans.
extern const OpDef xor_op;

}  // namespace vernier
