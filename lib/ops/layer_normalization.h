#pragma once

#include "graph/op_def.h"

namespace vernier {

/// LayerNormalization: over the axes from `axis` on, y = (x - mean) / sqrt(var + epsilon) * scale +
/// b. Inputs X, Scale, B?; outputs Y, Mean?, InvStdDev? (of stash_type, reduced axes kept as 1).
struct LayerNormalizationParams final : OpParams {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
  DType stash_type = DType::float32;
};
extern const OpDef layer_normalization_op;

}  // namespace vernier
