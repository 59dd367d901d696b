#pragma once

#include "graph/op_def.h"

namespace vernier {

/// x * tanh(softplus(x)).
extern const OpDef mish_op;

}  // namespace vernier
