#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Internal (domain "vernier"): y = table[x] for x uint8 or int8 (indexed by the byte, two's
/// complement for int8). Inputs X, table [256] (uint8, int8), whose dtype the output has.
extern const OpDef qtable_op;

}  // namespace vernier
