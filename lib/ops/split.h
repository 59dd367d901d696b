#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct SplitParams final : OpParams {
  std::int64_t axis = 0;         ///< in [-rank, rank)
  std::int64_t num_outputs = 0;  ///< 0: not given
};

/// Cuts the input along `axis` into pieces of the sizes of input 1, or into `num_outputs` (or as
/// many as there are outputs) equal ones, the last of which may be smaller.
extern const OpDef split_op;

}  // namespace vernier
