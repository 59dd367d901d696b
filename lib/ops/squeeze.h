#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Removes dims of size 1: those of input 1, or all.
extern const OpDef squeeze_op;

}  // namespace vernier
