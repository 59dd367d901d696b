#include "graph/verify.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace vernier {
namespace {

Error broken(std::string message) { return internal_error(std::move(message), "E-INTERNAL-GRAPH"); }

class Verifier {
 public:
  explicit Verifier(const Graph& graph)
      : graph_(graph), readers_(graph.value_count()), entered_(graph.value_count(), false) {
    for (const Port& port : graph.inputs) mark_entered(port.value);
    for (const ValueId id : graph.captures) mark_entered(id);
  }

  Result<void> run() {
    VERNIER_TRY(check_ports());
    for (std::size_t i = 0; i < graph_.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph_.alive(id)) continue;
      if (auto result = check_node(id); !result) {
        return with_node(std::move(result).error(), graph_.node(id));
      }
    }
    VERNIER_TRY(check_values());
    if (auto order = graph_.topological_order(); !order) return std::move(order).error();
    return {};
  }

 private:
  void mark_entered(ValueId id) {
    if (in_range(id)) entered_[index_of(id)] = true;
  }
  [[nodiscard]] bool in_range(ValueId id) const {
    return id != ValueId::none && index_of(id) < graph_.value_count();
  }
  [[nodiscard]] bool defined(ValueId id) const {
    return entered_[index_of(id)] || graph_.is_constant(id) ||
           graph_.value(id).producer != NodeId::none;
  }

  Result<void> check_ports() const {
    for (const Port& port : graph_.inputs) {
      if (!in_range(port.value)) return broken("input '" + port.name + "' has no value");
      if (graph_.value(port.value).producer != NodeId::none) {
        return broken("input '" + port.name + "' is also produced by a node");
      }
    }
    for (const ValueId id : graph_.captures) {
      if (id != ValueId::none && !in_range(id)) return broken("a capture is out of range");
    }
    for (const Port& port : graph_.outputs) {
      if (!in_range(port.value)) return broken("output '" + port.name + "' has no value");
      if (!defined(port.value)) return broken("output '" + port.name + "' is never produced");
    }
    return {};
  }

  Result<void> check_node(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.parameters == nullptr) return broken("node has no parameters");
    if (node.captured > node.inputs.size()) return broken("more captures than inputs");
    const Arity& in = node.op->inputs;
    const auto in_count = static_cast<int>(node.formal_input_count());
    if (in_count < in.min || (in.max >= 0 && in_count > in.max)) {
      return broken("node has " + std::to_string(in_count) + " inputs");
    }
    const Arity& out = node.op->outputs;
    const auto out_count = static_cast<int>(node.outputs.size());
    if (out_count < out.min || (out.max >= 0 && out_count > out.max)) {
      return broken("node has " + std::to_string(out_count) + " outputs");
    }
    for (const ValueId input : node.inputs) {
      if (input == ValueId::none) continue;
      if (!in_range(input)) return broken("input id out of range");
      if (!defined(input)) {
        return broken("reads value '" + graph_.value(input).name + "' that is never produced");
      }
      readers_[index_of(input)].push_back(id);
    }
    for (const ValueId output : node.outputs) {
      if (output == ValueId::none) continue;
      if (!in_range(output)) return broken("output id out of range");
      if (graph_.value(output).producer != id) {
        return broken("value '" + graph_.value(output).name + "' names another producer");
      }
    }
    for (const GraphPtr& body : node.subgraphs) {
      if (body == nullptr) return broken("body is missing");
      if (body->captures.size() != node.captured) {
        return broken("body has " + std::to_string(body->captures.size()) + " captures, the node " +
                      std::to_string(node.captured));
      }
    }
    return {};
  }

  Result<void> check_values() {
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      const Value& value = graph_.value(id);
      if (value.producer != NodeId::none) {
        if (index_of(value.producer) >= graph_.node_capacity() || !graph_.alive(value.producer)) {
          return broken("value '" + value.name + "' is produced by a removed node");
        }
        const auto& outputs = graph_.node(value.producer).outputs;
        if (std::count(outputs.begin(), outputs.end(), id) != 1) {
          return broken("value '" + value.name + "' is not an output of its producer");
        }
        if (value.constant) return broken("constant '" + value.name + "' is also produced");
      }
      const auto uses = graph_.uses(id);
      std::vector<NodeId> listed(uses.begin(), uses.end());
      std::sort(listed.begin(), listed.end());
      if (listed != readers_[i]) return broken("uses of '" + value.name + "' are out of date");
    }
    return {};
  }

  const Graph& graph_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<bool> entered_;
};

}  // namespace

Result<void> verify(const Graph& graph, int max_depth) {
  std::vector<std::pair<const Graph*, int>> pending = {{&graph, 0}};
  while (!pending.empty()) {
    const auto [current, depth] = pending.back();
    pending.pop_back();
    if (depth > max_depth) {
      return limit_error("bodies are nested more than " + std::to_string(max_depth) + " deep",
                         "E-LIMIT-DEPTH");
    }
    VERNIER_TRY(Verifier(*current).run());
    for (std::size_t i = 0; i < current->node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!current->alive(id)) continue;
      for (const GraphPtr& body : current->node(id).subgraphs) {
        pending.emplace_back(body.get(), depth + 1);
      }
    }
  }
  return {};
}

}  // namespace vernier
