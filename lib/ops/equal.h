#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Comparison x == y of numbers, booleans and strings.
extern const OpDef equal_op;

}  // namespace vernier
