#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inverse hyperbolic tangent.
extern const OpDef atanh_op;

}  // namespace vernier
