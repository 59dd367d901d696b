#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Product over axes; integers wrap around.
extern const OpDef reduce_prod_op;

}  // namespace vernier
