#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Bitwise or of integers.
extern const OpDef bitwise_or_op;

}  // namespace vernier
