#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct FlattenParams final : OpParams {
  std::int64_t axis = 1;  ///< in [-rank, rank]
};

/// Joins the dims before `axis` into one and the rest into another.
extern const OpDef flatten_op;

}  // namespace vernier
