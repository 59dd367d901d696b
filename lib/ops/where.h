#pragma once

#include "graph/op_def.h"

namespace vernier {

/// z = condition ? x : y, all broadcast; any dtype.
extern const OpDef where_op;

}  // namespace vernier
