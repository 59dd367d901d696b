#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Sine.
extern const OpDef sin_op;

}  // namespace vernier
