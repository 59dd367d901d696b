#pragma once

#include "graph/op_def.h"
#include "ops/scatter.h"

namespace vernier {

struct ScatterElementsParams final : OpParams {
  std::int64_t axis = 0;  ///< in [-rank, rank)
  ScatterReduction reduction = ScatterReduction::none;
};

/// A copy of the data with data[index[i][j]][j] = updates[i][j] for axis 0, and so on.
extern const OpDef scatter_elements_op;

}  // namespace vernier
