#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct GatherNDParams final : OpParams {
  std::int64_t batch_dims = 0;
};

/// Picks slices by index tuples: the last dim of the indices addresses the dims of the data after
/// `batch_dims` leading ones.
extern const OpDef gather_nd_op;

}  // namespace vernier
