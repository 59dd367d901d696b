#pragma once

#include <vector>

#include "graph/op_def.h"

namespace vernier {

/// MeanVarianceNormalization: (x - mean) / (standard deviation + 1e-9) over the given axes.
struct MeanVarianceNormalizationParams final : OpParams {
  std::vector<std::int64_t> axes = {0, 2, 3};
};
extern const OpDef mean_variance_normalization_op;

}  // namespace vernier
