#pragma once

#include "graph/op_def.h"

namespace vernier {

/// GlobalLpPool: p-norm over all spatial axes.
struct GlobalLpPoolParams final : OpParams {
  std::int64_t p = 2;  ///< >= 1
};
extern const OpDef global_lp_pool_op;

}  // namespace vernier
