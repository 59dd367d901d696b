#include "onnx/build.h"

#include <algorithm>
#include <map>
#include <utility>

#include "onnx/upgrade.h"
#include "ops/registry.h"

namespace vernier::onnx {

Result<std::vector<int>> reachable_graphs(const ModelIr& model, int max_depth) {
  std::vector<int> order;
  std::vector<std::pair<int, int>> stack{{0, 0}};  // graph, depth
  while (!stack.empty()) {
    const auto [index, depth] = stack.back();
    stack.pop_back();
    if (depth > max_depth) {
      return limit_error("bodies are nested more than " + std::to_string(max_depth) + " deep",
                         "E-LIMIT-DEPTH");
    }
    order.push_back(index);
    for (const NodeIr& node : model.graphs[static_cast<std::size_t>(index)].nodes) {
      for (const AttributeIr& attribute : node.attributes) {
        for (const int body : attribute.graphs) stack.emplace_back(body, depth + 1);
      }
    }
  }
  return order;
}

namespace {

std::string full_name(const NodeIr& node) {
  return node.domain.empty() ? std::string(node.op)
                             : std::string(node.domain) + "." + std::string(node.op);
}

constexpr const char* kNoSuchOperator = "vernier has no such operator";

Result<void> count_operators(const ModelIr& model, std::map<std::string, std::int64_t>& counts) {
  VERNIER_ASSIGN(const auto graphs, reachable_graphs(model, static_cast<int>(model.graphs.size())));
  for (const int index : graphs) {
    for (const NodeIr& node : model.graphs[static_cast<std::size_t>(index)].nodes) {
      ++counts[full_name(node)];
    }
  }
  return {};
}

const OpDef* usable_op(const NodeIr& node) {
  const OpDef* op = find_op(node.domain, node.op);
  return op != nullptr && op->parse != nullptr && op->infer != nullptr ? op : nullptr;
}

Result<std::vector<UnsupportedOperator>> unsupported_operators(const ModelIr& model) {
  std::map<std::pair<std::string, bool>, UnsupportedOperator> found;  // name, known at all
  VERNIER_ASSIGN(const auto graphs, reachable_graphs(model, static_cast<int>(model.graphs.size())));
  for (const int index : graphs) {
    for (const NodeIr& node : model.graphs[static_cast<std::size_t>(index)].nodes) {
      const bool known = usable_op(node) != nullptr || is_upgraded(node);
      const bool bad_opset = node.domain.empty() && node.opset != 0 &&
                             (node.opset < oldest_opset(node.op) || node.opset > kNewestOpset);
      if (known && !bad_opset) continue;
      UnsupportedOperator& entry = found[{full_name(node), known}];
      if (entry.nodes++ > 0) continue;
      entry.domain = std::string(node.domain);
      entry.op = std::string(node.op);
      entry.opset = node.opset;
      entry.first_node = std::string(label_of(node));
      entry.why = known ? "opset " + std::to_string(node.opset) + " of ai.onnx is not supported (" +
                              std::to_string(oldest_opset(node.op)) + " to " +
                              std::to_string(kNewestOpset) + " are)"
                        : kNoSuchOperator;
    }
  }
  std::vector<UnsupportedOperator> list;
  for (auto& [key, entry] : found) list.push_back(std::move(entry));
  return list;
}

}  // namespace

Result<void> check_operators(const ModelIr& model, ImportFindings* findings) {
  VERNIER_ASSIGN(auto list, unsupported_operators(model));
  if (list.empty()) return {};
  const bool unknown = std::any_of(list.begin(), list.end(), [](const UnsupportedOperator& entry) {
    return entry.why == kNoSuchOperator;
  });
  std::string text = list.size() == 1
                         ? "1 operator is not supported: "
                         : std::to_string(list.size()) + " operators are not supported: ";
  bool first = true;
  for (const UnsupportedOperator& entry : list) {
    if (!first) text += ", ";
    first = false;
    text += (entry.domain.empty() ? entry.op : entry.domain + "." + entry.op) + " (" +
            std::to_string(entry.nodes) + (entry.nodes == 1 ? " node" : " nodes") + ", first '" +
            entry.first_node + "'";
    if (entry.why != kNoSuchOperator) text += ": " + entry.why;
    text += ")";
  }
  if (findings != nullptr) {
    VERNIER_TRY(count_operators(model, findings->operators));
    findings->unsupported = std::move(list);
  }
  return unsupported(std::move(text), unknown ? "E-UNSUPPORTED-OP" : "E-UNSUPPORTED-OPSET");
}

namespace {

/// A finished body: its graph and the outer names it reads.
struct Built {
  GraphPtr graph;
  std::vector<std::pair<std::string_view, ValueId>> captured;
};

/// Builds one graph whose bodies are all built.
class GraphBuild {
 public:
  GraphBuild(GraphIr& ir, bool main, std::vector<Built>& built)
      : ir_(ir), main_(main), built_(built) {}

  Result<Built> run() {
    result_.graph = std::make_shared<Graph>();
    graph().name = std::string(ir_.name);
    VERNIER_TRY(declare_inputs());
    VERNIER_TRY(declare_node_outputs());
    for (NodeIr& node : ir_.nodes) {
      if (auto added = add_node(node); !added) return with_node(std::move(added).error(), node);
      node = NodeIr{};
    }
    VERNIER_TRY(declare_outputs());
    if (auto order = graph().topological_order(); !order) return std::move(order).error();
    if (!order_error_.empty()) return invalid_model(order_error_, "E-MODEL-ORDER");
    return std::move(result_);
  }

 private:
  Graph& graph() { return *result_.graph; }

  Error twice(std::string_view name) const {
    return invalid_model("value '" + std::string(name) + "' is defined twice", "E-MODEL-SSA");
  }

  Result<void> declare_inputs() {
    std::unordered_map<std::string_view, bool> constant;
    for (const auto& entry : ir_.constants) {
      if (!constant.emplace(entry.first, true).second) return twice(entry.first);
    }
    for (PortIr& port : ir_.inputs) {
      if (main_ && constant.count(port.name) != 0) continue;
      const ValueId id = graph().add_value(std::string(port.name), std::move(port.type));
      if (!values_.emplace(port.name, id).second) return twice(port.name);
      graph().inputs.push_back({std::string(port.name), id});
    }
    for (auto& [name, tensor] : ir_.constants) {
      const ValueId id = graph().add_constant(std::string(name), std::move(tensor));
      if (!values_.emplace(name, id).second) return twice(name);
    }
    ir_.constants.clear();
    ready_.assign(graph().value_count(), true);
    return {};
  }

  Result<void> declare_node_outputs() {
    std::unordered_map<std::string_view, const ValueType*> types;
    for (const PortIr& port : ir_.outputs) types.emplace(port.name, &port.type);
    for (const auto& [name, type] : ir_.types) types.emplace(name, &type);
    for (const NodeIr& node : ir_.nodes) {
      for (const std::string_view name : node.outputs) {
        if (name.empty()) continue;
        const auto type = types.find(name);
        const ValueId id = graph().add_value(
            std::string(name), type == types.end() ? ValueType::unknown() : *type->second);
        if (!values_.emplace(name, id).second) return with_node(twice(name), node);
      }
    }
    ready_.resize(graph().value_count(), false);
    return {};
  }

  /// The value that `name` means here; in a body, an outer one becomes a capture.
  Result<ValueId> resolve(std::string_view name, std::string_view reader) {
    if (name.empty()) return ValueId::none;
    if (const auto at = values_.find(name); at != values_.end()) {
      if (!ready_[index_of(at->second)] && order_error_.empty()) {
        order_error_ = "value '" + std::string(name) + "' is used by '" + std::string(reader) +
                       "' before a node defines it";
      }
      return at->second;
    }
    if (main_) {
      return invalid_model("value '" + std::string(name) + "' is used but never defined",
                           "E-MODEL-NAME");
    }
    const ValueId id = graph().add_value(std::string(name));
    values_.emplace(name, id);
    ready_.push_back(true);
    result_.captured.emplace_back(name, id);
    return id;
  }

  Result<void> add_node(NodeIr& ir) {
    Node node;
    node.op = usable_op(ir);
    if (node.op == nullptr) return unsupported("the operator is not supported", "E-UNSUPPORTED-OP");
    if (ir.opset == 0) {
      return invalid_model(
          "domain '" + std::string(ir.domain) + "' is not among the model's opset imports",
          "E-MODEL-OPSET");
    }
    node.name = std::string(label_of(ir));
    node.opset = ir.opset;
    drop_omitted_outputs(ir, *node.op);
    VERNIER_TRY(check_arity(ir, *node.op));
    for (const std::string_view name : ir.inputs) {
      VERNIER_ASSIGN(const ValueId id, resolve(name, label_of(ir)));
      node.inputs.push_back(id);
    }
    VERNIER_TRY(attach_bodies(ir, node));
    AttrReader reader(node.attributes);
    VERNIER_ASSIGN(node.parameters, node.op->parse(reader, node.opset));
    if (const auto unread = reader.unread(); !unread.empty()) {
      std::string text = unread.size() == 1 ? "attribute " : "attributes ";
      for (std::size_t i = 0; i < unread.size(); ++i)
        text += (i > 0 ? ", '" : "'") + unread[i] + "'";
      return unsupported(
          text + (unread.size() == 1 ? " is" : " are") + " not known to this operator",
          "E-UNSUPPORTED-ATTR");
    }
    for (const std::string_view name : ir.outputs) {
      const ValueId id = name.empty() ? ValueId::none : values_.at(name);
      if (id != ValueId::none) ready_[index_of(id)] = true;
      node.outputs.push_back(id);
    }
    graph().add_node(std::move(node));
    return {};
  }

  /// Trailing empty names of optional outputs; those of a variadic list count (Split).
  static void drop_omitted_outputs(NodeIr& ir, const OpDef& op) {
    if (op.outputs.max < 0) return;
    const auto required = static_cast<std::size_t>(op.outputs.min);
    while (ir.outputs.size() > required && ir.outputs.back().empty()) ir.outputs.pop_back();
  }

  static Result<void> check_arity(const NodeIr& ir, const OpDef& op) {
    const auto inputs = static_cast<int>(ir.inputs.size());
    const auto outputs = static_cast<int>(ir.outputs.size());
    const auto complain = [](const char* what, int count, const Arity& arity) {
      std::string expected = std::to_string(arity.min);
      if (arity.max < 0) {
        expected += " or more";
      } else if (arity.max != arity.min) {
        expected += " to " + std::to_string(arity.max);
      }
      return invalid_model("has " + std::to_string(count) + " " + what + ", expected " + expected,
                           "E-MODEL-ARITY");
    };
    if (inputs < op.inputs.min || (op.inputs.max >= 0 && inputs > op.inputs.max)) {
      return complain("inputs", inputs, op.inputs);
    }
    if (outputs < op.outputs.min || (op.outputs.max >= 0 && outputs > op.outputs.max)) {
      return complain("outputs", outputs, op.outputs);
    }
    // Loop lists its trip count and condition always, but either may be empty.
    const int required = op.domain.empty() && op.name == "Loop" ? 0 : op.inputs.min;
    for (int i = 0; i < required; ++i) {
      if (ir.inputs[static_cast<std::size_t>(i)].empty()) {
        return invalid_model("input " + std::to_string(i) + " is required but empty",
                             "E-MODEL-ARITY");
      }
    }
    return {};
  }

  /// Moves attributes over and makes the captures of all bodies explicit.
  Result<void> attach_bodies(NodeIr& ir, Node& node) {
    std::vector<int> bodies;
    const auto take = [&](std::string_view name) {
      for (const AttributeIr& attribute : ir.attributes) {
        if (attribute.name == name && attribute.is_graph) bodies.push_back(attribute.graphs[0]);
      }
    };
    std::size_t wanted = 0;
    if (node.is("If")) {
      take("then_branch");
      take("else_branch");
      wanted = 2;
    } else if (node.op->traits.has_subgraph) {
      take("body");
      wanted = 1;
    }
    if (bodies.size() != wanted) return invalid_model("a body graph is missing", "E-MODEL-ATTR");
    for (AttributeIr& attribute : ir.attributes) {
      Attribute out;
      out.name = std::string(attribute.name);
      if (attribute.is_graph) {
        out.value = built(attribute.graphs[0]).graph;
      } else if (!attribute.reference.empty()) {
        return invalid_model("attribute '" + out.name +
                                 "' refers to an attribute of a function, "
                                 "but the node is in none",
                             "E-MODEL-ATTR");
      } else if (attribute.is_graphs) {
        std::vector<GraphPtr> list;
        for (const int body : attribute.graphs) list.push_back(built(body).graph);
        out.value = std::move(list);
      } else {
        out.value = std::move(attribute.value);
      }
      node.attributes.push_back(std::move(out));
    }
    std::vector<std::string_view> names;
    std::unordered_map<std::string_view, std::size_t> position;
    for (const int body : bodies) {
      node.subgraphs.push_back(built(body).graph);
      for (const auto& capture : built(body).captured) {
        if (position.emplace(capture.first, names.size()).second) names.push_back(capture.first);
      }
    }
    for (const std::string_view name : names) {
      VERNIER_ASSIGN(const ValueId id, resolve(name, label_of(ir)));
      node.inputs.push_back(id);
    }
    node.captured = names.size();
    for (const int body : bodies) {
      auto& captures = built(body).graph->captures;
      captures.assign(names.size(), ValueId::none);
      for (const auto& [name, id] : built(body).captured) captures[position.at(name)] = id;
    }
    return {};
  }

  Built& built(int index) { return built_[static_cast<std::size_t>(index)]; }

  Result<void> declare_outputs() {
    if (ir_.outputs.empty() && main_) {
      return invalid_model("the graph has no outputs", "E-MODEL-OUTPUT");
    }
    for (const PortIr& port : ir_.outputs) {
      if (main_ && values_.count(port.name) == 0) {
        return invalid_model("graph output '" + std::string(port.name) + "' is never produced",
                             "E-MODEL-OUTPUT");
      }
      VERNIER_ASSIGN(const ValueId id, resolve(port.name, port.name));
      graph().outputs.push_back({std::string(port.name), id});
    }
    return {};
  }

  GraphIr& ir_;
  bool main_;
  std::vector<Built>& built_;
  Built result_;
  std::unordered_map<std::string_view, ValueId> values_;
  std::vector<bool> ready_;  ///< by ValueId: defined before the node at hand
  std::string order_error_;
};

}  // namespace

Result<Graph> build_graph(ModelIr& model, const ImportOptions& options) {
  VERNIER_ASSIGN(auto order, reachable_graphs(model, options.max_depth));
  std::vector<Built> built(model.graphs.size());
  std::reverse(order.begin(), order.end());  // owners come before bodies: now bodies first
  for (const int index : order) {
    const auto at = static_cast<std::size_t>(index);
    VERNIER_ASSIGN(built[at], GraphBuild(model.graphs[at], index == 0, built).run());
  }
  return std::move(*built[0].graph);
}

}  // namespace vernier::onnx
