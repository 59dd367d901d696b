#pragma once

#include "graph/op_def.h"
#include "ops/scatter.h"

namespace vernier {

struct ScatterNDParams final : OpParams {
  ScatterReduction reduction = ScatterReduction::none;
};

/// A copy of the data with the slices that index tuples name replaced by (or combined with) the
/// updates.
extern const OpDef scatter_nd_op;

}  // namespace vernier
