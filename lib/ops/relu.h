#pragma once

#include "graph/op_def.h"

namespace vernier {

/// max(x, 0); NaN stays.
extern const OpDef relu_op;

}  // namespace vernier
