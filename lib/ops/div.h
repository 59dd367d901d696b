#pragma once

#include "graph/op_def.h"

namespace vernier {

/// z = x / y; integers truncate toward zero, the lowest integer over -1 wraps around, and an
/// integer division by zero is an error (E-DATA-VALUE).
extern const OpDef div_op;

}  // namespace vernier
