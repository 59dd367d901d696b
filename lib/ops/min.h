#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Elementwise minimum of any number of inputs; NaN wins.
extern const OpDef min_op;

}  // namespace vernier
