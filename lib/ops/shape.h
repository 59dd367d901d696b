#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct ShapeParams final : OpParams {
  std::int64_t start = 0;
  bool has_end = false;
  std::int64_t end = 0;
};

/// The dims of the input from `start` to `end` as int64.
extern const OpDef shape_op;

}  // namespace vernier
