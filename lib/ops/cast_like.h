#pragma once

#include "graph/op_def.h"
#include "ops/cast_elements.h"

namespace vernier {

struct CastLikeParams final : OpParams {
  CastOptions options;
};

/// Converts input 0 to the dtype of input 1.
extern const OpDef cast_like_op;

}  // namespace vernier
