#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct GatherParams final : OpParams {
  std::int64_t axis = 0;  ///< in [-rank, rank)
};

/// Picks the entries of `axis` that input 1 names; negative indices count from the end.
extern const OpDef gather_op;

}  // namespace vernier
