#pragma once

#include "graph/op_def.h"

namespace vernier {

/// The input, unchanged.
extern const OpDef identity_op;

}  // namespace vernier
