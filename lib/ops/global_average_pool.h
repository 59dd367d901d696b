#pragma once

#include "graph/op_def.h"

namespace vernier {

/// GlobalAveragePool: mean over all spatial axes.
extern const OpDef global_average_pool_op;

}  // namespace vernier
