#pragma once

#include "graph/op_def.h"

namespace vernier {

/// LRN: x / (bias + alpha / size * sum of squares over `size` neighbouring channels)^beta. The
/// window of channel c is [c - floor((size-1)/2), c + ceil((size-1)/2)].
struct LrnParams final : OpParams {
  std::int64_t size = 1;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
};
extern const OpDef lrn_op;

}  // namespace vernier
