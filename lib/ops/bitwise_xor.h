#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Bitwise xor of integers.
extern const OpDef bitwise_xor_op;

}  // namespace vernier
