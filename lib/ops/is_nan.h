#pragma once

#include "graph/op_def.h"

namespace vernier {

/// True where x is NaN.
extern const OpDef is_nan_op;

}  // namespace vernier
