#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "passes/quant_target.h"
#include "quant/recipe.h"

namespace vernier {

struct InsertReport {
  std::size_t tensors = 0;
  std::size_t weights = 0;
  std::size_t raised_scales = 0;  ///< channels whose int32 bias would not have fitted
  /// Output channels of weights that are not depthwise, and those of them that can saturate (see
  /// quant/saturation.h).
  std::int64_t channels = 0;
  std::int64_t risky_channels = 0;
  std::vector<std::string> notes;
};

/// Whether every entry of a recipe fits what it names in a graph. Error: invalid_data E-RECIPE.
Result<void> check_recipe(const Graph& graph, const QuantRecipe& recipe);

/// Rewrites a float graph as a recipe says: QuantizeLinear and DequantizeLinear around every tensor
/// of the recipe (one DequantizeLinear for each reader where the target asks for it, none on the
/// way to a graph output), int8 weights and int32 biases as constants behind DequantizeLinear.
/// Scales and zero points are initializers; names are those of the tensors with suffixes. A weight
/// that several nodes read is quantized for each of them. Types are inferred afterwards. Errors:
/// invalid_data E-RECIPE for entries that name nothing in the graph, or do not fit what they name.
Result<InsertReport> insert_qdq(Graph& graph, const QuantRecipe& recipe, const QuantTarget& target,
                                const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
