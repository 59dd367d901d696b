#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Sum of magnitudes over axes; integers wrap around.
extern const OpDef reduce_l1_op;

}  // namespace vernier
