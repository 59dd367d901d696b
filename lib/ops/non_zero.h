#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Coordinates of the elements that are not zero, as int64 [rank, count], in row-major order.
extern const OpDef non_zero_op;

}  // namespace vernier
