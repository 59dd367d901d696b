#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Running product along the axis of input 1; integers wrap around.
extern const OpDef cum_prod_op;

}  // namespace vernier
