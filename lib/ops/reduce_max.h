#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Maximum over axes; NaN wins. That of nothing is the dtype's lowest value.
extern const OpDef reduce_max_op;

}  // namespace vernier
