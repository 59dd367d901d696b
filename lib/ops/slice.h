#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

/// The elements start:end:step of an axis: first index, how many, and the step between them.
struct SliceRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t step = 1;
};
/// numpy's rules for any values but step 0. `size` >= 0.
SliceRange resolve_slice(std::int64_t start, std::int64_t end, std::int64_t step,
                         std::int64_t size);

/// Takes start:end:step along the given axes (inputs: data, starts, ends, axes, steps) with numpy's
/// clamping.
extern const OpDef slice_op;

}  // namespace vernier
