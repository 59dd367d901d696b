#pragma once

#include "graph/op_def.h"

namespace vernier {

/// GroupNormalization (opset 21 meaning: scale and bias per channel): channels are split into
/// num_groups groups that are normalised by their own mean and variance.
struct GroupNormalizationParams final : OpParams {
  std::int64_t num_groups = 1;
  float epsilon = 1e-5F;
};
extern const OpDef group_normalization_op;

}  // namespace vernier
