#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Sum over axes; integers wrap around.
extern const OpDef reduce_sum_op;

}  // namespace vernier
