#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Minimum over axes; NaN wins. That of nothing is the dtype's highest value.
extern const OpDef reduce_min_op;

}  // namespace vernier
