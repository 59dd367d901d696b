#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Hyperbolic cosine.
extern const OpDef cosh_op;

}  // namespace vernier
