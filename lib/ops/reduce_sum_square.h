#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Sum of squares over axes; integers wrap around.
extern const OpDef reduce_sum_square_op;

}  // namespace vernier
