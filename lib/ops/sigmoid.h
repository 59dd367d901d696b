#pragma once

#include "graph/op_def.h"

namespace vernier {

/// 1 / (1 + e^-x).
extern const OpDef sigmoid_op;

}  // namespace vernier
