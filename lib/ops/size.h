#pragma once

#include "graph/op_def.h"

namespace vernier {

/// The number of elements of the input as an int64 scalar.
extern const OpDef size_op;

}  // namespace vernier
