#pragma once

#include "graph/op_def.h"

namespace vernier {

struct ReshapeParams final : OpParams {
  bool allowzero = false;
};

/// The same elements under the shape given by input 1: one -1 is computed, 0 copies the input's dim
/// unless `allowzero`.
extern const OpDef reshape_op;

}  // namespace vernier
