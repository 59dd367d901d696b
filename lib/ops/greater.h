#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Comparison x > y.
extern const OpDef greater_op;

}  // namespace vernier
