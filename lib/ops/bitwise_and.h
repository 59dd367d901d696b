#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Bitwise and of integers.
extern const OpDef bitwise_and_op;

}  // namespace vernier
