#pragma once

#include "graph/op_def.h"

namespace vernier {

/// RMSNormalization: over the axes from `axis` on, y = x / sqrt(mean(x^2) + epsilon) * scale.
struct RmsNormalizationParams final : OpParams {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
};
extern const OpDef rms_normalization_op;

}  // namespace vernier
