#pragma once

#include "graph/op_def.h"

namespace vernier {

/// GlobalMaxPool: largest element over all spatial axes; NaN wins.
extern const OpDef global_max_pool_op;

}  // namespace vernier
