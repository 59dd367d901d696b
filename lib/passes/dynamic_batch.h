#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// Where a tensor holds the samples of a batch: the size of `axis` is outer * batch * inner,
/// row-major.
struct BatchAxis {
  std::size_t axis = 0;
  std::int64_t outer = 1;
  std::int64_t inner = 1;

  [[nodiscard]] std::int64_t multiple() const noexcept { return outer * inner; }
  friend bool operator==(const BatchAxis&, const BatchAxis&) = default;
};

/// An input of the graph, and its axis that counts samples.
struct BatchInput {
  std::size_t input = 0;
  std::size_t axis = 0;
};

/// A node that is right for one batch only.
struct BatchBlocker {
  std::string node;
  std::string op;
  std::string why;
};

struct DynamicBatchReport {
  std::vector<std::string> rewritten;             ///< one line a node
  std::vector<BatchBlocker> blockers;             ///< not empty: the graph is as it was
  std::vector<std::optional<BatchAxis>> outputs;  ///< parallel to the graph's outputs
};

/// Makes a dimension of the inputs symbolic, and the graph right for any size of it: every sample's
/// part of the outputs is what the graph gives for that sample alone. `graph` has inferred types in
/// which that dimension has one known size. Follows the batch axis from value to value; sizes that
/// an exporter wrote down (targets of Reshape and Expand, ends of Slice, sizes of Resize) and
/// states of one batch (of LSTM, or joined to it) are rewritten where the batch passes through
/// them. `budget` (may be null) takes constants that are made. Errors: those of inference.
Result<DynamicBatchReport> make_batch_dynamic(
    Graph& graph, std::span<const BatchInput> inputs, const std::string& symbol,
    const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
