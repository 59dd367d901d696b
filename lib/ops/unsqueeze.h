#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inserts dims of size 1 at the places of input 1 (counted in the output).
extern const OpDef unsqueeze_op;

}  // namespace vernier
