#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inverse hyperbolic cosine.
extern const OpDef acosh_op;

}  // namespace vernier
