#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Comparison x <= y.
extern const OpDef less_or_equal_op;

}  // namespace vernier
