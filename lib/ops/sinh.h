#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Hyperbolic sine.
extern const OpDef sinh_op;

}  // namespace vernier
