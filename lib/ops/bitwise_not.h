#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inverts every bit of integers.
extern const OpDef bitwise_not_op;

}  // namespace vernier
