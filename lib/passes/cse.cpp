#include <algorithm>
#include <cstring>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

constexpr std::size_t kMostCandidates = 64;
constexpr std::size_t kMostConstantBytes = 4096;

/// The same value, or small constants of the same dtype, shape and bytes.
bool same_input(const Graph& graph, ValueId a, ValueId b) {
  if (a == b) return true;
  if (!graph.is_constant(a) || !graph.is_constant(b)) return false;
  const Tensor& x = *graph.value(a).constant;
  const Tensor& y = *graph.value(b).constant;
  return x.dtype() == y.dtype() && x.dtype() != DType::string && x.shape() == y.shape() &&
         x.byte_count() <= kMostConstantBytes &&
         (x.byte_count() == 0 || std::memcmp(x.data(), y.data(), x.byte_count()) == 0);
}

bool same_inputs(const Graph& graph, const Node& a, const Node& b) {
  const auto same = [&](ValueId x, ValueId y) { return same_input(graph, x, y); };
  if (std::equal(a.inputs.begin(), a.inputs.end(), b.inputs.begin(), b.inputs.end(), same)) {
    return true;
  }
  return a.op->traits.commutative && a.inputs.size() == 2 && b.inputs.size() == 2 &&
         same(a.inputs[0], b.inputs[1]) && same(a.inputs[1], b.inputs[0]);
}

/// Outputs that `a` has must exist in `b`.
bool covers_outputs(const Node& a, const Node& b) {
  if (a.outputs.size() > b.outputs.size()) return false;
  // The number of outputs has a meaning for variadic operators (Split).
  if (a.op->outputs.max < 0 && a.outputs.size() != b.outputs.size()) return false;
  for (std::size_t i = 0; i < a.outputs.size(); ++i) {
    if (a.outputs[i] != ValueId::none && b.outputs[i] == ValueId::none) return false;
  }
  return true;
}

/// Lets equal computations share one node (the one with the lowest id).
class Cse final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "cse"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (!node.op->traits.deterministic || node.op->traits.has_subgraph) return Match::none();
    const NodeId twin = find_twin(graph, id);
    if (twin == NodeId::none) return Match::none();
    const Node& kept = graph.node(twin);
    Edit edit(graph);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == ValueId::none) continue;
      if (!can_forward(graph, node.outputs[i], kept.outputs[i])) {
        return Match::blocked("both are graph outputs");
      }
      edit.replace(node.outputs[i], kept.outputs[i]);
    }
    edit.remove(id);
    return Match(std::move(edit));
  }

 private:
  static NodeId find_twin(const Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    ValueId shared = ValueId::none;  // the input with the fewest readers
    for (const ValueId input : node.inputs) {
      if (input == ValueId::none || graph.is_constant(input)) continue;
      if (shared == ValueId::none || graph.uses(input).size() < graph.uses(shared).size()) {
        shared = input;
      }
    }
    if (shared == ValueId::none) return NodeId::none;
    const auto users = graph.uses(shared);
    const std::size_t count = std::min(users.size(), kMostCandidates);
    for (std::size_t i = 0; i < count; ++i) {
      if (users[i] >= id) continue;
      const Node& other = graph.node(users[i]);
      if (other.op == node.op && other.opset == node.opset && covers_outputs(node, other) &&
          same_inputs(graph, node, other) &&
          (other.parameters == node.parameters ||
           same_attributes(other.attributes, node.attributes))) {
        return users[i];
      }
    }
    return NodeId::none;
  }
};

}  // namespace

const Pass& cse_pass() {
  static const Cse pass;
  return pass;
}

}  // namespace vernier
