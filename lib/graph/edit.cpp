#include "graph/edit.h"

#include <algorithm>
#include <memory>

#include "graph/infer.h"

namespace vernier {

ValueId Edit::add_constant(std::string name, Tensor tensor) {
  values_.push_back({std::move(name), std::move(tensor)});
  return static_cast<ValueId>(base_ + values_.size() - 1);
}

std::vector<ValueId> Edit::add_node(Node node, std::size_t output_count) {
  return add_node(std::move(node), std::vector<bool>(output_count, true));
}

std::vector<ValueId> Edit::add_node(Node node, const std::vector<bool>& present) {
  node.outputs.clear();
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (!present[i]) {
      node.outputs.push_back(ValueId::none);
      continue;
    }
    node.outputs.push_back(static_cast<ValueId>(base_ + values_.size()));
    values_.push_back({i == 0 ? node.name : node.name + ":" + std::to_string(i), Tensor{}});
  }
  nodes_.push_back(std::move(node));
  return nodes_.back().outputs;
}

bool is_dead(const Graph& graph, NodeId id) {
  const auto& outputs = graph.node(id).outputs;
  return std::all_of(outputs.begin(), outputs.end(), [&](ValueId output) {
    return output == ValueId::none || (graph.uses(output).empty() && !graph.is_output(output));
  });
}

namespace {

Error bad_edit(std::string message) {
  return internal_error(std::move(message), "E-INTERNAL-EDIT");
}

/// Removes `id` and, upwards, the producers that lose their last reader. Producers that stay are
/// appended to `touched`.
std::size_t remove_with_producers(Graph& graph, NodeId id, std::vector<NodeId>* touched) {
  std::size_t removed = 0;
  std::vector<NodeId> pending = {id};
  while (!pending.empty()) {
    const NodeId at = pending.back();
    pending.pop_back();
    if (!graph.alive(at)) continue;
    const std::vector<ValueId> inputs = graph.node(at).inputs;
    graph.remove_node(at);
    ++removed;
    for (const ValueId input : inputs) {
      if (input == ValueId::none) continue;
      const NodeId producer = graph.value(input).producer;
      if (producer == NodeId::none) continue;
      if (is_dead(graph, producer)) {
        pending.push_back(producer);
      } else if (touched != nullptr) {
        touched->push_back(producer);
      }
    }
  }
  return removed;
}

void drop_unread_constants(Graph& graph) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (graph.is_constant(id) && graph.uses(id).empty() && !graph.is_output(id)) {
      graph.drop_constant(id);
    }
  }
}

}  // namespace

struct EditApplier {
  Graph& graph;
  Edit& edit;
  AppliedEdit applied{};
  std::vector<std::pair<ValueId, std::string>> former_names{};  ///< of what took a value's place

  Result<void> check() const {
    const std::size_t limit = edit.base_ + edit.values_.size();
    const auto known = [&](ValueId id) { return id != ValueId::none && index_of(id) < limit; };
    if (edit.base_ != graph.value_count()) return bad_edit("edit is for another graph state");
    for (const Node& node : edit.nodes_) {
      if (node.op == nullptr || node.parameters == nullptr) {
        return bad_edit("new node '" + node.name + "' is incomplete");
      }
      for (const ValueId input : node.inputs) {
        if (input != ValueId::none && !known(input)) return bad_edit("unknown input id");
      }
    }
    for (const auto& [from, to] : edit.replacements_) {
      if (!known(from) || !known(to) || index_of(from) >= edit.base_) {
        return bad_edit("unknown value id in a replacement");
      }
    }
    for (const NodeId id : edit.removals_) {
      if (id == NodeId::none || index_of(id) >= graph.node_capacity() || !graph.alive(id)) {
        return bad_edit("a removed node does not exist");
      }
    }
    return {};
  }

  void add_values() {
    for (Edit::NewValue& value : edit.values_) {
      if (value.constant.defined()) {
        graph.add_constant(std::move(value.name), std::move(value.constant));
      } else {
        graph.add_value(std::move(value.name));
      }
    }
    for (const auto& [from, to] : edit.replacements_) {
      if (index_of(to) < edit.base_) continue;
      former_names.emplace_back(from, graph.value(to).name);
      graph.rename(to, graph.value(from).name);
      if (!graph.is_constant(to)) graph.set_type(to, graph.value(from).type);
    }
  }

  Result<void> rewire() {
    for (const auto& [from, to] : edit.replacements_) {
      for (const NodeId user : graph.uses(from)) applied.touched.push_back(user);
      graph.replace_uses(from, to);
    }
    // New readers are registered before removal, so that producers they need survive it.
    std::vector<NodeId> added;
    for (Node& node : edit.nodes_) added.push_back(graph.add_node(std::move(node)));
    for (const NodeId id : edit.removals_) {
      if (!graph.alive(id)) continue;
      if (!is_dead(graph, id)) {
        return with_node(bad_edit("a removed node is still read"), graph.node(id));
      }
      remove_with_producers(graph, id, &applied.touched);
    }
    for (const NodeId id : added) {
      if (!graph.alive(id)) continue;
      VERNIER_TRY(infer_node(graph, id));
      applied.touched.push_back(id);
    }
    return {};
  }

  void finish() {
    // A name has one owner: what lost it takes the other one's, or none when it is gone.
    for (auto& [from, name] : former_names) {
      const Value& value = graph.value(from);
      const bool gone =
          value.producer == NodeId::none && !graph.is_input(from) && graph.uses(from).empty();
      graph.rename(from, gone ? std::string() : std::move(name));
    }
    auto& touched = applied.touched;
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    std::erase_if(touched, [&](NodeId id) { return !graph.alive(id); });
  }
};

Result<AppliedEdit> apply(Graph& graph, Edit edit) {
  EditApplier applier{graph, edit};
  VERNIER_TRY(applier.check());
  applier.add_values();
  VERNIER_TRY(applier.rewire());
  applier.finish();
  return std::move(applier.applied);
}

Result<Node> make_node(const OpDef* op, std::string name, int opset, std::vector<ValueId> inputs,
                       std::vector<Attribute> attributes) {
  if (op == nullptr) return internal_error("no operator for node '" + name + "'");
  Node node;
  node.op = op;
  node.name = std::move(name);
  node.opset = std::max(opset, op->since_version);
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  AttrReader reader(node.attributes);
  auto params = op->parse(reader, node.opset);
  if (!params) return with_node(std::move(params).error(), node);
  if (const auto unread = reader.unread(); !unread.empty()) {
    return with_node(internal_error("attribute '" + unread.front() + "' is not known"), node);
  }
  node.parameters = std::move(params).value();
  return node;
}

std::string NodeAdder::Names::take(const std::string& wanted) {
  std::string free = wanted;
  int& number = next[wanted];
  if (number > 0) free = wanted + "_" + std::to_string(number);
  while (!taken.insert(free).second) free = wanted + "_" + std::to_string(++number);
  return free;
}

NodeAdder::NodeAdder(Graph& graph) : graph_(graph) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    values_.taken.insert(graph.value(static_cast<ValueId>(i)).name);
  }
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id)) continue;
    const Node& node = graph.node(id);
    nodes_.taken.insert(node.name);
    if (node.op->domain.empty()) opset_ = std::max(opset_, node.opset);
  }
}

Result<ValueId> NodeAdder::node(const OpDef* op, const std::string& wanted_name,
                                const std::string& wanted_output, std::vector<ValueId> inputs,
                                std::vector<Attribute> attributes) {
  VERNIER_ASSIGN(Node made, make_node(op, nodes_.take(wanted_name), opset_, std::move(inputs),
                                      std::move(attributes)));
  const ValueId output = graph_.add_value(value_name(wanted_output));
  made.outputs = {output};
  VERNIER_TRY(infer_node(graph_, graph_.add_node(std::move(made))));
  return output;
}

std::size_t remove_dead(Graph& graph) {
  std::size_t removed = 0;
  for (Graph* current : all_graphs(graph)) {
    for (std::size_t i = current->node_capacity(); i-- > 0;) {
      const auto id = static_cast<NodeId>(i);
      if (current->alive(id) && is_dead(*current, id)) {
        removed += remove_with_producers(*current, id, nullptr);
      }
    }
    drop_unread_constants(*current);
  }
  return removed;
}

void clone_bodies(Graph& graph) {
  std::vector<Graph*> pending = {&graph};
  while (!pending.empty()) {
    Graph* current = pending.back();
    pending.pop_back();
    for (std::size_t i = 0; i < current->node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!current->alive(id)) continue;
      for (GraphPtr& body : current->mutable_node(id).subgraphs) {
        body = std::make_shared<Graph>(*body);
        pending.push_back(body.get());
      }
    }
  }
}

namespace {

template <class G>
std::vector<G*> list_graphs(G& graph, bool typed_only) {
  std::vector<G*> graphs = {&graph};
  for (std::size_t next = 0; next < graphs.size(); ++next) {
    G* current = graphs[next];
    for (std::size_t i = 0; i < current->node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!current->alive(id)) continue;
      for (const GraphPtr& body : current->node(id).subgraphs) {
        if (body->types_hold || !typed_only) graphs.push_back(body.get());
      }
    }
  }
  return graphs;
}

}  // namespace

std::map<std::string, NodeId> nodes_by_name(const Graph& graph) {
  std::map<std::string, NodeId> nodes;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id)) nodes.emplace(graph.node(id).name, id);
  }
  return nodes;
}

std::map<std::string, ValueId> values_by_name(const Graph& graph) {
  std::map<std::string, ValueId> values;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (graph.value(id).name.empty()) continue;
    const auto [at, fresh] = values.emplace(graph.value(id).name, id);
    if (!fresh && graph.uses(at->second).empty()) at->second = id;
  }
  return values;
}

std::vector<Graph*> all_graphs(Graph& graph, bool typed_only) {
  return list_graphs(graph, typed_only);
}

std::vector<const Graph*> all_graphs(const Graph& graph) { return list_graphs(graph, false); }

}  // namespace vernier
