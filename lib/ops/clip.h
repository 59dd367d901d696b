#pragma once

#include "graph/op_def.h"

namespace vernier {

/// min(max(x, low), high) with optional scalar limits (inputs 1 and 2); NaN stays. `high` wins when
/// the limits cross.
extern const OpDef clip_op;

}  // namespace vernier
