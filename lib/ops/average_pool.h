#pragma once

#include "ops/pool.h"

namespace vernier {

/// AveragePool: mean of each window. The divisor is the number of taps inside the input, or inside
/// input and padding when count_include_pad is set.
struct AveragePoolParams final : PoolParams {
  bool count_include_pad = false;
};
extern const OpDef average_pool_op;

}  // namespace vernier
