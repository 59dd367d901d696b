#pragma once

#include "graph/op_def.h"

namespace vernier {

/// -1, 0 or 1; NaN stays.
extern const OpDef sign_op;

}  // namespace vernier
