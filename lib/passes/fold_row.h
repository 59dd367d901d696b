#pragma once

#include <memory>
#include <span>

#include "base/budget.h"
#include "base/result.h"
#include "graph/edit.h"
#include "graph/graph.h"

namespace vernier {

/// Lets `value` come out multiplied by `row` along its last axis, by constants that are there
/// already: scale and bias of LayerNormalization and RMSNormalization over that axis, a row that it
/// is multiplied by, rows added behind those. Everything that reads `value` gets the product.
/// False, with nothing changed, where no such constant is.
Result<bool> fold_row(Graph& graph, ValueId value, std::span<const float> row, NodeAdder& adder,
                      const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
