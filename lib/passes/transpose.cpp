#include <algorithm>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// `c`, which broadcasts against a transposed tensor, for use against the tensor before it.
Result<Tensor> untransposed(const Tensor& c, const Perm& perm,
                            const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const Tensor aligned, c.to_aligned(budget));
  const std::size_t rank = perm.size();
  TensorView view = aligned.view();
  while (view.shape.size() < rank) {
    view.shape.insert(0, 1);
    view.strides.insert(0, 0);
  }
  TensorView moved = view;
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(perm[i]);
    moved.shape[axis] = view.shape[i];
    moved.strides[axis] = view.strides[i];
  }
  return Tensor::copy_of(moved, budget);
}

bool can_move_through(const Node& node) {
  return node.op->traits.elementwise && node.op->traits.deterministic && node.captured == 0 &&
         node.outputs.size() == 1 && !has_attribute(node, "axis");
}

/// True when single-use elementwise nodes lead from `id` to a Transpose.
bool leads_to_transpose(const Graph& graph, ValueId id) {
  constexpr int kMaxSteps = 16;
  for (int step = 0; step < kMaxSteps; ++step) {
    if (!graph.has_single_use(id)) return false;
    const Node& user = graph.node(graph.uses(id)[0]);
    if (user.is("Transpose")) return true;
    if (!can_move_through(user)) return false;
    for (const ValueId input : user.inputs) {
      if (input != id && input != ValueId::none && !graph.is_constant(input)) return false;
    }
    id = user.outputs[0];
  }
  return false;
}

/// Merges a Transpose of a Transpose, and moves a Transpose behind elementwise operators where that
/// makes it meet another one or joins two into one.
class TransposePass final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "transpose"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext& context) const override {
    const Node& node = graph.node(id);
    if (node.is("Transpose")) return merge(graph, id);
    if (can_move_through(node)) return move(graph, id, context);
    return Match::none();
  }

 private:
  static Result<Match> merge(const Graph& graph, NodeId id) {
    const Node& outer = graph.node(id);
    const Node* inner = producer_of(graph, outer.inputs[0], "Transpose");
    if (inner == nullptr) return Match::none();
    const Perm p = perm_of(graph, *inner);
    const Perm q = perm_of(graph, outer);
    if (p.empty() || p.size() != q.size()) return Match::none();
    Perm composed;
    bool identity = true;
    for (std::size_t i = 0; i < q.size(); ++i) {
      composed.push_back(p[static_cast<std::size_t>(q[i])]);
      identity = identity && composed[i] == static_cast<std::int64_t>(i);
    }
    Edit edit(graph);
    if (identity && can_forward(graph, outer.outputs[0], inner->inputs[0])) {
      edit.replace(outer.outputs[0], inner->inputs[0]);
      edit.remove(id);
      return Match(std::move(edit));
    }
    if (!graph.has_single_use(outer.inputs[0])) {
      return Match::blocked("the inner transpose has other uses");
    }
    VERNIER_ASSIGN(Node merged, node_like(outer, "Transpose", {inner->inputs[0]},
                                          {{"perm", std::move(composed)}}));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(merged)));
  }

  static Result<Match> move(const Graph& graph, NodeId id, const PassContext& context) {
    const Node& node = graph.node(id);
    Perm perm;
    std::size_t transposed = 0;
    for (const ValueId input : node.inputs) {
      const Node* producer = producer_of(graph, input, "Transpose");
      if (producer == nullptr) {
        if (input == ValueId::none || graph.is_constant(input)) continue;
        return Match::none();
      }
      const Perm own = perm_of(graph, *producer);
      if (own.empty() || (!perm.empty() && own != perm)) return Match::none();
      perm = own;
      ++transposed;
    }
    if (transposed == 0) return Match::none();
    if (transposed == 1 && !leads_to_transpose(graph, node.outputs[0])) return Match::none();
    Edit edit(graph);
    std::vector<ValueId> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId input = node.inputs[i];
      if (input == ValueId::none) {
        inputs.push_back(input);
      } else if (graph.is_constant(input)) {
        const Tensor& constant = *graph.value(input).constant;
        const std::size_t rank = constant.shape().size();
        if (rank > perm.size()) return Match::blocked("a constant has more dims than the tensor");
        if (constant.element_count() == 1) {
          inputs.push_back(input);
          continue;
        }
        VERNIER_ASSIGN(Tensor moved, untransposed(constant, perm, context.budget));
        inputs.push_back(edit.add_constant(graph.value(input).name, std::move(moved)));
      } else {
        const auto slots = std::count(node.inputs.begin(), node.inputs.end(), input);
        if (std::ssize(graph.uses(input)) != slots || graph.is_output(input)) {
          return Match::blocked("the transposed value has other uses");
        }
        inputs.push_back(producer_of(graph, input)->inputs[0]);
      }
    }
    Node inner = node;
    inner.inputs = std::move(inputs);
    const ValueId early = edit.add_node(std::move(inner));
    VERNIER_ASSIGN(Node late, node_like(node, "Transpose", {early}, {{"perm", perm}}));
    late.name += "/transpose";
    return Match(replace_anchor(graph, id, std::move(edit), std::move(late)));
  }
};

}  // namespace

const Pass& transpose_pass() {
  static const TransposePass pass;
  return pass;
}

}  // namespace vernier
