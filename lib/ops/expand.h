#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Broadcasts the input with the shape of input 1.
extern const OpDef expand_op;

}  // namespace vernier
