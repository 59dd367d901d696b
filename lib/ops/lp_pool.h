#pragma once

#include "ops/pool.h"

namespace vernier {

/// LpPool: p-norm of each window; padding counts as zeros.
struct LpPoolParams final : PoolParams {
  std::int64_t p = 2;  ///< >= 1
};
extern const OpDef lp_pool_op;

}  // namespace vernier
