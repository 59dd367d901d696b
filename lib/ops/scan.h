#pragma once

#include <vector>

#include "graph/op_def.h"

namespace vernier {

/// Scan: inputs initial states..., scan inputs...; outputs final states..., stacked scan
/// outputs.... Lists are empty (all 0) or have one entry per scan input or output; directions: 0
/// forward, 1 backward.
struct ScanParams final : OpParams {
  std::size_t scan_inputs = 1;
  std::vector<std::int64_t> input_directions;
  std::vector<std::int64_t> output_directions;
  std::vector<std::int64_t> input_axes;
  std::vector<std::int64_t> output_axes;
};
extern const OpDef scan_op;

}  // namespace vernier
