#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inverse cosine.
extern const OpDef acos_op;

}  // namespace vernier
