#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Elementwise sum of any number of inputs.
extern const OpDef sum_op;

}  // namespace vernier
