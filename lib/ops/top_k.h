#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct TopKParams final : OpParams {
  std::int64_t axis = -1;  ///< in [-rank, rank)
  bool largest = true;
};

/// The K (input 1) largest or smallest elements along `axis`, in order, and their indices. Equal
/// elements keep their order; NaN counts as the largest.
extern const OpDef top_k_op;

}  // namespace vernier
