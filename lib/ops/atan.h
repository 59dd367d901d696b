#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inverse tangent.
extern const OpDef atan_op;

}  // namespace vernier
