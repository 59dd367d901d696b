#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct OneHotParams final : OpParams {
  std::int64_t axis = -1;  ///< in [-rank - 1, rank], in the output
};

/// Inserts a dim of size `depth` (input 1) at `axis` that holds values[1] where the position equals
/// the index and values[0] elsewhere. Negative indices count from the end; others out of range
/// select nothing.
extern const OpDef one_hot_op;

}  // namespace vernier
