#pragma once

#include "ops/pool.h"

namespace vernier {

/// MaxPool: the largest element of each window; padding never wins and NaN always does. Output 1 is
/// the index of the winner in the whole input flattened row-major (column-major over the spatial
/// axes when storage_order is 1).
struct MaxPoolParams final : PoolParams {
  bool column_major = false;
};
extern const OpDef max_pool_op;

}  // namespace vernier
