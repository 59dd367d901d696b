#pragma once

#include "graph/op_def.h"

namespace vernier {

struct CumSumParams final : OpParams {
  bool exclusive = false;  ///< element i is not part of sum i
  bool reverse = false;
};

/// Running sum along the axis of input 1; integers wrap around.
extern const OpDef cum_sum_op;

}  // namespace vernier
