#include <algorithm>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

bool only_reshapes(const Node& node) {
  return node.is("Reshape") || node.is("Flatten") || node.is("Squeeze") || node.is("Unsqueeze");
}

/// Axes of the constant input 1 against this rank, each once, sorted; nullopt when not known.
std::optional<std::vector<std::int64_t>> axes_of(const Graph& graph, const Node& node,
                                                 std::size_t rank) {
  auto axes = int_constant(graph, input_of(node, 1));
  if (!axes) return std::nullopt;
  for (std::int64_t& axis : *axes) {
    if (axis < 0) axis += static_cast<std::int64_t>(rank);
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return std::nullopt;
  }
  std::sort(axes->begin(), axes->end());
  return axes;
}

/// The axes of one Unsqueeze that does what `inner` and `outer` do.
std::optional<std::vector<std::int64_t>> joined_axes(const Graph& graph, const Node& inner,
                                                     const Node& outer) {
  const ValueType& type = graph.value(outer.outputs[0]).type;
  if (!type.ranked) return std::nullopt;
  const auto last = axes_of(graph, outer, type.rank());
  if (!last) return std::nullopt;
  const auto first = axes_of(graph, inner, type.rank() - last->size());
  if (!first) return std::nullopt;
  std::vector<bool> made(type.rank(), false);
  for (const std::int64_t axis : *last) made[static_cast<std::size_t>(axis)] = true;
  std::vector<std::int64_t> all = *last;
  std::int64_t position = 0;  // among the axes that `inner` leaves
  for (std::size_t axis = 0; axis < made.size(); ++axis) {
    if (made[axis]) continue;
    if (std::find(first->begin(), first->end(), position) != first->end()) {
      all.push_back(static_cast<std::int64_t>(axis));
    }
    ++position;
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// Joins operators that only give elements another shape: what stands before a Reshape to a
/// constant shape, and Unsqueeze after Unsqueeze.
class MergeReshapesPass final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "merge_reshapes"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    const bool reshape = node.is("Reshape");
    if (!reshape && !node.is("Unsqueeze")) return Match::none();
    const Node* inner = producer_of(graph, input_of(node, 0));
    if (inner == nullptr || !only_reshapes(*inner)) return Match::none();
    if (!graph.has_single_use(node.inputs[0])) return Match::blocked("another node reads between");
    Edit edit(graph);
    std::vector<ValueId> inputs = {inner->inputs[0]};
    if (reshape) {
      const auto shape = int_constant(graph, input_of(node, 1));
      // A 0 copies a size of what the Reshape reads; -1 counts elements, which stay.
      if (!shape || std::find(shape->begin(), shape->end(), 0) != shape->end()) {
        return Match::blocked("the shape depends on the one before");
      }
      inputs.push_back(node.inputs[1]);
    } else {
      if (!inner->is("Unsqueeze")) return Match::none();
      const auto axes = joined_axes(graph, *inner, node);
      if (!axes) return Match::blocked("axes or rank are not known");
      inputs.push_back(edit.add_constant(node.name + "_axes", Tensor::from_int64(*axes)));
    }
    VERNIER_ASSIGN(Node joined, node_like(node, node.op->name, std::move(inputs), node.attributes));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(joined)));
  }
};

}  // namespace

const Pass& merge_reshapes_pass() {
  static const MergeReshapesPass pass;
  return pass;
}

}  // namespace vernier
