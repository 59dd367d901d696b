#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Elementwise maximum of any number of inputs; NaN wins.
extern const OpDef max_op;

}  // namespace vernier
