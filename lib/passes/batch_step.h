#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/budget.h"
#include "graph/graph.h"
#include "passes/dynamic_batch.h"

namespace vernier {

/// Why a node cannot take another batch; empty: it can.
using Reason = std::string;

/// An axis from the front; negative ones count from the end.
inline std::size_t counted(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

/// A size that a node reads: a number, or a multiple of the batch.
struct BatchSize {
  std::int64_t factor = 0;
  bool of_batch = false;
};

/// What becomes of one input of a node.
struct SlotRewrite {
  std::size_t slot = 0;            ///< may be one that the node leaves out, with `sizes`
  std::vector<BatchSize> sizes;    ///< integers in its place; empty: the tensor itself is changed
  std::optional<Tensor> constant;  ///< in its place
  bool repeat = false;             ///< for every sample along `axis`, until `size` elements
  std::size_t axis = 0;
  std::int64_t before = 0;    ///< elements on the axis
  std::int64_t multiple = 0;  ///< elements a sample afterwards
};

/// A node as the rules (find_batch_rule) see it: how the batch comes in, how it goes out, and what
/// has to be rewritten for it. Shapes are those of the old batch.
class BatchStep {
 public:
  /// `before` has the types of the old batch, `probe` the constants; `budget` may be null.
  BatchStep(const Graph& before, const Graph& probe, NodeId id, std::int64_t old_batch, int choice,
            std::shared_ptr<MemoryBudget> budget = nullptr)
      : node(before.node(id)),
        batch(old_batch),
        guess(choice),
        out(node.outputs.size()),
        before_(before),
        probe_(probe),
        budget_(std::move(budget)) {}

  const Node& node;
  const std::int64_t batch;  ///< the old one
  const int guess;           ///< 0, 1, 2: which of several places a Reshape takes
  std::vector<std::optional<BatchAxis>> in;
  std::vector<std::optional<BatchAxis>> out;
  /// The axis is the one whose size differs between two batches; with the product of the sizes
  /// before it where that is known (> 0).
  bool out_by_size = false;
  std::int64_t outer_total = 0;
  std::vector<SlotRewrite> rewrites;

  [[nodiscard]] bool has(std::size_t slot) const {
    return slot < node.inputs.size() && node.inputs[slot] != ValueId::none;
  }
  [[nodiscard]] bool has_output(std::size_t slot) const {
    return slot < node.outputs.size() && node.outputs[slot] != ValueId::none;
  }
  [[nodiscard]] bool batched(std::size_t slot) const { return slot < in.size() && in[slot]; }
  [[nodiscard]] const ValueType& type(std::size_t slot) const {
    return before_.value(node.inputs[slot]).type;
  }
  [[nodiscard]] const ValueType& out_type(std::size_t slot) const {
    return before_.value(node.outputs[slot]).type;
  }
  [[nodiscard]] std::size_t rank(std::size_t slot) const { return type(slot).dims.size(); }
  /// -1: not known.
  [[nodiscard]] std::int64_t size(std::size_t slot, std::size_t axis) const {
    return type(slot).dims[axis].value;
  }
  /// The tensor of an input that is the same for every batch.
  [[nodiscard]] const Tensor* constant(std::size_t slot) const;
  /// Its elements, of int32 or int64.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> ints(std::size_t slot) const;

  /// All outputs hold the batch like this.
  void follow(const BatchAxis& axis) {
    for (auto& output : out) output = axis;
  }
  void rewrite_sizes(std::size_t slot, std::vector<BatchSize> sizes);
  /// An input without a batch that meets one on `axis`: nothing where it is broadcast, else it gets
  /// its part for every sample. `broadcasts`: a size of 1 does.
  Reason meet(std::size_t slot, std::size_t axis, const BatchAxis& batch_axis, bool broadcasts);

 private:
  Reason same_for_all(std::size_t slot, std::size_t axis, std::int64_t multiple,
                      SlotRewrite& rewrite) const;

  const Graph& before_;
  const Graph& probe_;
  std::shared_ptr<MemoryBudget> budget_;
};

/// How an operator treats the batch; called with at least one batched input.
using BatchRule = Reason (*)(BatchStep& step);

/// nullptr: nothing is known about the operator.
BatchRule find_batch_rule(const Node& node);

/// Rules with files of their own.
Reason batch_through_reshape(BatchStep& step);
Reason batch_through_flatten(BatchStep& step);
Reason batch_through_slice(BatchStep& step);
Reason batch_through_expand(BatchStep& step);
Reason batch_through_tile(BatchStep& step);
Reason batch_through_resize(BatchStep& step);
Reason batch_through_pad(BatchStep& step);
Reason batch_through_gather(BatchStep& step);
Reason batch_through_gather_elements(BatchStep& step);
Reason batch_through_gather_nd(BatchStep& step);
Reason batch_through_scatter_elements(BatchStep& step);
Reason batch_through_scatter_nd(BatchStep& step);

}  // namespace vernier
