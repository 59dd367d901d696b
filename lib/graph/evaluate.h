#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// Runs one node's scalar reference on `inputs` (parallel to node.inputs; a view with undefined
/// dtype stands for an omitted input). Returns one tensor per output slot (undefined for omitted
/// ones). Bodies (If, Loop, Scan) are evaluated node by node in the same way. Used for constant
/// folding, the `reference` backend and as the oracle in tests. Errors name the node.
Result<std::vector<Tensor>> evaluate_node(const Node& node, std::span<const TensorView> inputs,
                                          const std::shared_ptr<MemoryBudget>& budget = nullptr,
                                          int max_depth = 32);

/// Runs a whole graph by the scalar references: inputs parallel to graph.inputs, `captures`
/// parallel to graph.captures. Every intermediate is freed after its last use.
Result<std::vector<Tensor>> evaluate_graph(const Graph& graph, std::span<const TensorView> inputs,
                                           std::span<const TensorView> captures = {},
                                           const std::shared_ptr<MemoryBudget>& budget = nullptr,
                                           int max_depth = 32);

}  // namespace vernier
