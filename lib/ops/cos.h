#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Cosine.
extern const OpDef cos_op;

}  // namespace vernier
