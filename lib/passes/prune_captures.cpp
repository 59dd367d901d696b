#include <algorithm>

#include "passes/passes.h"

namespace vernier {
namespace {

/// True when a body has no need of capture k: unused, or its value is known inside.
bool unneeded(const Graph& body, std::size_t k) {
  const ValueId inner = body.captures[k];
  if (inner == ValueId::none || body.is_constant(inner)) return true;
  return body.uses(inner).empty() && !body.is_output(inner);
}

/// Outer values that no body of a node needs stop being its inputs.
class PruneCaptures final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "prune_captures"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (node.captured == 0) return Match::none();
    const std::size_t first = node.formal_input_count();
    std::vector<std::size_t> kept;
    for (std::size_t k = 0; k < node.captured; ++k) {
      const bool drop = std::all_of(node.subgraphs.begin(), node.subgraphs.end(),
                                    [&](const GraphPtr& body) { return unneeded(*body, k); });
      if (!drop) kept.push_back(k);
    }
    if (kept.size() == node.captured) return Match::none();
    Node copy = node;
    copy.inputs.resize(first);
    copy.captured = kept.size();
    for (const std::size_t k : kept) copy.inputs.push_back(node.inputs[first + k]);
    for (GraphPtr& body : copy.subgraphs) {
      body = std::make_shared<Graph>(*body);
      std::vector<ValueId> captures;
      for (const std::size_t k : kept) captures.push_back(body->captures[k]);
      body->captures = std::move(captures);
    }
    std::vector<bool> present;
    for (const ValueId output : node.outputs) present.push_back(output != ValueId::none);
    Edit edit(graph);
    const auto outputs = edit.add_node(std::move(copy), present);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (present[i]) edit.replace(node.outputs[i], outputs[i]);
    }
    edit.remove(id);
    return Match(std::move(edit));
  }
};

}  // namespace

const Pass& prune_captures_pass() {
  static const PruneCaptures pass;
  return pass;
}

}  // namespace vernier
