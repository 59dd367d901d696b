#pragma once

#include "graph/op_def.h"

namespace vernier {

/// x / (1 + |x|).
extern const OpDef softsign_op;

}  // namespace vernier
