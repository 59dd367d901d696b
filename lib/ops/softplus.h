#pragma once

#include "graph/op_def.h"

namespace vernier {

/// log(1 + e^x), without overflow.
extern const OpDef softplus_op;

}  // namespace vernier
