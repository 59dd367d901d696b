#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace vernier {

/// What a model's constants ask of one of its inputs.
struct InputUse {
  /// One entry a dim (none for an input without rank): the size that a weight or a broadcast
  /// constant needs there; 0 where none does.
  std::vector<std::int64_t> sizes;
  /// Rows of the smallest constant table that the input's elements index (Gather); 0: none.
  std::int64_t table_rows = 0;
};

/// Of the inputs of a graph, in their order: followed from the input through what keeps dims where
/// they are (or moves them: Transpose, Unsqueeze, Squeeze) to MatMul, Gemm, convolutions,
/// normalizations, recurrent operators and sums or products with constants; through what keeps
/// elements (also Reshape, Slice, Concat) to Gather. Bodies are not looked into. Where constants
/// contradict each other the first one counts. Types need not have been inferred.
std::vector<InputUse> input_uses(const Graph& graph);

}  // namespace vernier
