#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct ConcatParams final : OpParams {
  std::int64_t axis = 0;  ///< in [-rank, rank)
};

/// Joins the inputs along `axis`.
extern const OpDef concat_op;

}  // namespace vernier
