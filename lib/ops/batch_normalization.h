#pragma once

#include "graph/op_def.h"

namespace vernier {

/// BatchNormalization in inference: y = (x - mean[c]) / sqrt(var[c] + epsilon) * scale[c] + b[c]
/// with c on axis 1. training_mode is refused as unsupported.
struct BatchNormalizationParams final : OpParams {
  float epsilon = 1e-5F;
};
extern const OpDef batch_normalization_op;

}  // namespace vernier
