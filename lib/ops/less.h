#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Comparison x < y.
extern const OpDef less_op;

}  // namespace vernier
