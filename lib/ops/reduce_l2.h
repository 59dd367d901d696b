#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Square root of the sum of squares over axes; truncated for integers.
extern const OpDef reduce_l2_op;

}  // namespace vernier
