#include "graph/edit.h"
#include "passes/passes.h"

namespace vernier {
namespace {

/// Removes nodes that nothing reads, and marks optional outputs that nothing reads as omitted.
class DeadCode final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "dead_code"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    Edit edit(graph);
    if (is_dead(graph, id)) {
      edit.remove(id);
      return Match(std::move(edit));
    }
    const Node& node = graph.node(id);
    std::vector<bool> present;
    bool drops = false;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      bool keep = output != ValueId::none;
      if (keep && optional_output(node, i) && graph.uses(output).empty() &&
          !graph.is_output(output)) {
        keep = false;
        drops = true;
      }
      present.push_back(keep);
    }
    if (!drops) return Match::none();
    while (!present.back()) present.pop_back();
    Node copy = node;
    copy.outputs.clear();
    const auto outputs = edit.add_node(std::move(copy), present);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (present[i]) edit.replace(node.outputs[i], outputs[i]);
    }
    edit.remove(id);
    return Match(std::move(edit));
  }

 private:
  static bool optional_output(const Node& node, std::size_t i) {
    return node.op->outputs.max >= 0 && static_cast<int>(i) >= node.op->outputs.min;
  }
};

}  // namespace

const Pass& dead_code_pass() {
  static const DeadCode pass;
  return pass;
}

}  // namespace vernier
