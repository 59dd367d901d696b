#pragma once

#include "graph/op_def.h"

namespace vernier {

/// x * max(0, min(1, x / 6 + 1 / 2)).
extern const OpDef hard_swish_op;

}  // namespace vernier
