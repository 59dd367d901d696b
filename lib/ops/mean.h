#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Elementwise mean of any number of inputs.
extern const OpDef mean_op;

}  // namespace vernier
