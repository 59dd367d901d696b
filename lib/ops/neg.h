#pragma once

#include "graph/op_def.h"

namespace vernier {

/// -x; the lowest signed integer stays itself.
extern const OpDef neg_op;

}  // namespace vernier
