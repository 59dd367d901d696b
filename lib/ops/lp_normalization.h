#pragma once

#include "graph/op_def.h"

namespace vernier {

/// LpNormalization: x / p-norm along the axis; 0 where the norm is 0.
struct LpNormalizationParams final : OpParams {
  std::int64_t axis = -1;
  std::int64_t p = 2;  ///< 1 or 2
};
extern const OpDef lp_normalization_op;

}  // namespace vernier
