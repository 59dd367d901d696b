#pragma once

#include "graph/op_def.h"

namespace vernier {

/// InstanceNormalization: every [n, c] plane is normalised by its own mean and variance, then
/// scaled and shifted per channel.
struct InstanceNormalizationParams final : OpParams {
  float epsilon = 1e-5F;
};
extern const OpDef instance_normalization_op;

}  // namespace vernier
