#pragma once

#include "graph/op_def.h"

namespace vernier {

/// |x|; the lowest signed integer stays itself.
extern const OpDef abs_op;

}  // namespace vernier
