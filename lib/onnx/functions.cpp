#include "onnx/functions.h"

#include <algorithm>
#include <utility>

namespace vernier::onnx {
namespace {

using NameMap = std::unordered_map<std::string_view, std::string_view>;

/// One call on the way from the main graph to a node.
struct Call {
  int parent = -1;
  const FunctionIr* function = nullptr;
  int depth = 0;
};

class Inliner {
 public:
  Inliner(ModelIr& model, const ImportOptions& options) : model_(model), options_(options) {
    for (const GraphIr& graph : model.graphs) node_count_ += graph.nodes.size();
  }

  Result<void> run() {
    graphs_.push_back({0, -1});
    while (!graphs_.empty()) {
      const auto [graph, call] = graphs_.back();
      graphs_.pop_back();
      VERNIER_TRY(expand_graph(graph, call));
    }
    return {};
  }

 private:
  struct PendingNode {
    NodeIr node;
    int call;
  };
  /// What a copy of a function's nodes is made with.
  struct Site {
    const NodeIr& call;
    const FunctionIr& function;
    std::string prefix;
    NameMap names;
  };

  Result<void> expand_graph(int index, int call) {
    GraphIr& graph = model_.graphs[static_cast<std::size_t>(index)];
    std::vector<PendingNode> stack;
    for (auto it = graph.nodes.rbegin(); it != graph.nodes.rend(); ++it) {
      stack.push_back({std::move(*it), call});
    }
    graph.nodes.clear();
    while (!stack.empty()) {
      PendingNode next = std::move(stack.back());
      stack.pop_back();
      const auto at =
          model_.functions.find(function_key(next.node.domain, next.node.op, next.node.overload));
      if (at == model_.functions.end()) {
        for (const AttributeIr& attribute : next.node.attributes) {
          for (const int body : attribute.graphs) graphs_.push_back({body, next.call});
        }
        graph.nodes.push_back(std::move(next.node));
        continue;
      }
      VERNIER_ASSIGN(const int inner, enter(next, at->second));
      std::vector<NodeIr> nodes;
      if (auto result = instantiate(next.node, at->second, nodes); !result) {
        return with_node(std::move(result).error(), next.node);
      }
      for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
        stack.push_back({std::move(*it), inner});
      }
    }
    return {};
  }

  /// Checks depth and recursion of a call and records it.
  Result<int> enter(const PendingNode& node, const FunctionIr& function) {
    const int depth = node.call < 0 ? 1 : calls_[static_cast<std::size_t>(node.call)].depth + 1;
    for (int at = node.call; at >= 0; at = calls_[static_cast<std::size_t>(at)].parent) {
      if (calls_[static_cast<std::size_t>(at)].function != &function) continue;
      std::string chain(function.name);
      for (int up = node.call;; up = calls_[static_cast<std::size_t>(up)].parent) {
        chain = std::string(calls_[static_cast<std::size_t>(up)].function->name) + " -> " + chain;
        if (up == at) break;
      }
      return with_node(invalid_model("functions call each other: " + chain, "E-MODEL-FUNCTION"),
                       node.node);
    }
    if (depth > options_.max_function_depth) {
      return with_node(limit_error("function calls are nested more than " +
                                       std::to_string(options_.max_function_depth) + " deep",
                                   "E-LIMIT-DEPTH"),
                       node.node);
    }
    calls_.push_back({node.call, &function, depth});
    return static_cast<int>(calls_.size() - 1);
  }

  Result<void> instantiate(const NodeIr& call, const FunctionIr& function,
                           std::vector<NodeIr>& nodes) {
    if (call.inputs.size() > function.inputs.size() ||
        call.outputs.size() > function.outputs.size()) {
      return invalid_model("a call has " + std::to_string(call.inputs.size()) + " inputs and " +
                               std::to_string(call.outputs.size()) + " outputs, the function " +
                               std::to_string(function.inputs.size()) + " and " +
                               std::to_string(function.outputs.size()),
                           "E-MODEL-ARITY");
    }
    Site site{
        call, function, std::string(label_of(call)) + "." + std::to_string(++instances_) + "/", {}};
    site.names.emplace(std::string_view{}, std::string_view{});
    for (std::size_t i = 0; i < function.inputs.size(); ++i) {
      site.names[function.inputs[i]] = i < call.inputs.size() ? call.inputs[i] : std::string_view{};
    }
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      const std::string_view inner = function.outputs[i];
      if (call.outputs[i].empty()) continue;
      if (!site.names.emplace(inner, call.outputs[i]).second) {
        // The output is one of the inputs, or an output listed before.
        NodeIr identity;
        identity.name = call.name;
        identity.op = "Identity";
        identity.opset = kNewestOpset;
        identity.inputs.push_back(site.names[inner]);
        identity.outputs.push_back(call.outputs[i]);
        trailing_.push_back(std::move(identity));
      }
    }
    for (const NodeIr& node : model_.graphs[static_cast<std::size_t>(function.graph)].nodes) {
      VERNIER_TRY(count_node());
      VERNIER_ASSIGN(NodeIr copy, copy_node(node, 1, &site));
      nodes.push_back(std::move(copy));
    }
    for (NodeIr& node : trailing_) nodes.push_back(std::move(node));
    trailing_.clear();
    return copy_pending_graphs(&site);
  }

  Result<void> count_node() {
    if (++node_count_ <= options_.max_nodes) return {};
    return limit_error(
        "more than " + std::to_string(options_.max_nodes) + " nodes after inlining functions",
        "E-LIMIT-NODES");
  }

  std::string_view rename(std::string_view name, Site* site) {
    if (site == nullptr) return name;
    const auto at = site->names.find(name);
    if (at != site->names.end()) return at->second;
    const std::string_view fresh = prefixed(*site, name);
    site->names.emplace(name, fresh);
    return fresh;
  }

  /// The name in the site's own space; the name itself once the limit is reached (check_names).
  std::string_view prefixed(const Site& site, std::string_view name) {
    name_bytes_ += site.prefix.size() + name.size();
    if (name_bytes_ > options_.max_inlined_name_bytes) return name;
    return model_.intern(site.prefix + std::string(name));
  }

  [[nodiscard]] Result<void> check_names() const {
    if (name_bytes_ <= options_.max_inlined_name_bytes) return {};
    return limit_error("the names of inlined functions take more than " +
                           std::to_string(options_.max_inlined_name_bytes) + " bytes",
                       "E-LIMIT-NAME");
  }

  /// A copy under the site's names (nullptr: unchanged); its bodies are queued in copies_.
  Result<NodeIr> copy_node(const NodeIr& node, int depth, Site* site) {
    NodeIr copy = node;
    if (site != nullptr) copy.name = prefixed(*site, label_of(node));
    for (std::string_view& name : copy.inputs) name = rename(name, site);
    for (std::string_view& name : copy.outputs) name = rename(name, site);
    VERNIER_TRY(check_names());
    while (!copy.inputs.empty() && copy.inputs.back().empty()) copy.inputs.pop_back();
    copy.attributes.clear();
    for (const AttributeIr& attribute : node.attributes) {
      if (attribute.reference.empty() || site == nullptr) {
        AttributeIr same = attribute;
        for (int& graph : same.graphs) graph = queue_copy(graph, depth, site != nullptr);
        copy.attributes.push_back(std::move(same));
        continue;
      }
      const AttributeIr* actual = find(site->call.attributes, attribute.reference);
      if (actual == nullptr) actual = find(site->function.defaults, attribute.reference);
      if (actual == nullptr) continue;  // not given: the inner operator's own default holds
      AttributeIr given = *actual;
      given.name = attribute.name;
      for (int& graph : given.graphs) graph = queue_copy(graph, depth, false);
      copy.attributes.push_back(std::move(given));
    }
    return copy;
  }

  static const AttributeIr* find(const std::vector<AttributeIr>& list, std::string_view name) {
    const auto at = std::find_if(list.begin(), list.end(),
                                 [&](const AttributeIr& a) { return a.name == name; });
    return at == list.end() ? nullptr : &*at;
  }

  struct Copy {
    int from;
    int to;
    bool renamed;
  };
  int queue_copy(int from, int depth, bool renamed) {
    const auto to = static_cast<int>(model_.graphs.size());
    model_.graphs.emplace_back().depth = depth;
    copies_.push_back({from, to, renamed});
    return to;
  }

  Result<void> copy_pending_graphs(Site* site) {
    while (!copies_.empty()) {
      const Copy next = copies_.back();
      copies_.pop_back();
      Site* names = next.renamed ? site : nullptr;
      const GraphIr& from = model_.graphs[static_cast<std::size_t>(next.from)];
      GraphIr& to = model_.graphs[static_cast<std::size_t>(next.to)];
      to.name = from.name;
      for (const PortIr& port : from.inputs)
        to.inputs.push_back({rename(port.name, names), port.type});
      for (const PortIr& port : from.outputs) {
        to.outputs.push_back({rename(port.name, names), port.type});
      }
      for (const auto& [name, tensor] : from.constants) {
        to.constants.emplace_back(rename(name, names), tensor);
      }
      for (const auto& [name, type] : from.types) to.types.emplace(rename(name, names), type);
      VERNIER_TRY(check_names());
      for (const NodeIr& node : from.nodes) {
        VERNIER_TRY(count_node());
        VERNIER_ASSIGN(NodeIr copy, copy_node(node, to.depth + 1, names));
        to.nodes.push_back(std::move(copy));
      }
    }
    return {};
  }

  ModelIr& model_;
  const ImportOptions& options_;
  std::vector<std::pair<int, int>> graphs_;  ///< (graph, call it stands in) left to expand
  std::vector<Call> calls_;
  std::vector<Copy> copies_;
  std::vector<NodeIr> trailing_;
  std::size_t node_count_ = 0;
  std::size_t instances_ = 0;
  std::size_t name_bytes_ = 0;
};

}  // namespace

Result<void> inline_functions(ModelIr& model, const ImportOptions& options) {
  if (model.functions.empty()) return {};
  return Inliner(model, options).run();
}

}  // namespace vernier::onnx
