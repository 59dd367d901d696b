#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Repeats the input along every dim as often as input 1 says.
extern const OpDef tile_op;

}  // namespace vernier
