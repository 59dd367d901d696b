#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Hyperbolic tangent.
extern const OpDef tanh_op;

}  // namespace vernier
