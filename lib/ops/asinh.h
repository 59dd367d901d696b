#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inverse hyperbolic sine.
extern const OpDef asinh_op;

}  // namespace vernier
