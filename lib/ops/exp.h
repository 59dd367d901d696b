#pragma once

#include "graph/op_def.h"

namespace vernier {

/// e ^ x.
extern const OpDef exp_op;

}  // namespace vernier
