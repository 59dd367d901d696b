#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Square root; NaN for negative numbers.
extern const OpDef sqrt_op;

}  // namespace vernier
