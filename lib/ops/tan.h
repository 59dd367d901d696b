#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Tangent.
extern const OpDef tan_op;

}  // namespace vernier
