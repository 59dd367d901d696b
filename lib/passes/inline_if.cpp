#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// An If whose condition is constant is replaced by the nodes of the branch that runs.
class InlineIf final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "inline_if"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (!node.is("If") || node.subgraphs.size() != 2) return Match::none();
    const auto condition = scalar_constant(graph, node.inputs[0]);
    if (!condition) return Match::blocked("the condition is not constant");
    const Graph& body = *node.subgraphs[*condition != 0.0 ? 0 : 1];
    if (body.outputs.size() != node.outputs.size()) return Match::none();
    Edit edit(graph);
    std::vector<ValueId> outer(body.value_count(), ValueId::none);
    for (std::size_t i = 0; i < body.value_count(); ++i) {
      const Value& value = body.value(static_cast<ValueId>(i));
      const bool needed =
          !body.uses(static_cast<ValueId>(i)).empty() || body.is_output(static_cast<ValueId>(i));
      if (value.constant && needed) outer[i] = edit.add_constant(value.name, *value.constant);
    }
    for (std::size_t i = 0; i < body.captures.size(); ++i) {
      if (body.captures[i] == ValueId::none) continue;
      outer[index_of(body.captures[i])] = node.inputs[node.formal_input_count() + i];
    }
    VERNIER_ASSIGN(const auto order, body.topological_order());
    for (const NodeId inner : order) {
      Node copy = body.node(inner);
      std::vector<bool> present;
      for (const ValueId output : copy.outputs) present.push_back(output != ValueId::none);
      for (ValueId& input : copy.inputs) {
        if (input != ValueId::none) input = outer[index_of(input)];
      }
      copy.name = node.name + "/" + copy.name;
      const auto outputs = edit.add_node(std::move(copy), present);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (present[i]) outer[index_of(body.node(inner).outputs[i])] = outputs[i];
      }
    }
    VERNIER_TRY(connect(graph, node, body, outer, edit));
    edit.remove(id);
    return Match(std::move(edit));
  }

 private:
  /// Readers of the If read the branch's values. A graph output gets a node of its own, because the
  /// branch may hand an outer value or the same value twice.
  static Result<void> connect(const Graph& graph, const Node& node, const Graph& body,
                              const std::vector<ValueId>& outer, Edit& edit) {
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == ValueId::none) continue;
      ValueId source = outer[index_of(body.outputs[i].value)];
      const bool produced = index_of(source) >= graph.value_count() &&
                            body.value(body.outputs[i].value).producer != NodeId::none;
      bool repeated = false;
      for (std::size_t k = 0; k < i; ++k) {
        repeated = repeated || body.outputs[k].value == body.outputs[i].value;
      }
      if (graph.is_output(node.outputs[i]) && (!produced || repeated)) {
        VERNIER_ASSIGN(Node copy, node_like(node, "Identity", {source}));
        source = edit.add_node(std::move(copy));
      }
      edit.replace(node.outputs[i], source);
    }
    return {};
  }
};

}  // namespace

const Pass& inline_if_pass() {
  static const InlineIf pass;
  return pass;
}

}  // namespace vernier
