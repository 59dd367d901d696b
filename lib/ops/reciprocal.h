#pragma once

#include "graph/op_def.h"

namespace vernier {

/// 1 / x.
extern const OpDef reciprocal_op;

}  // namespace vernier
