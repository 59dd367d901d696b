#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct GatherElementsParams final : OpParams {
  std::int64_t axis = 0;  ///< in [-rank, rank)
};

/// Output[i][j][k] = data[index[i][j][k]][j][k] for axis 0, and so on.
extern const OpDef gather_elements_op;

}  // namespace vernier
