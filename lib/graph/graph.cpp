#include "graph/graph.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace vernier {

std::string to_string(const ValueType& type) {
  std::string text;
  switch (type.kind) {
    case ValueType::Kind::tensor:
      break;
    case ValueType::Kind::sequence:
      text = "sequence of ";
      break;
    case ValueType::Kind::optional:
      text = "optional ";
      break;
    case ValueType::Kind::map:
      return "map";
    case ValueType::Kind::sparse_tensor:
      text = "sparse ";
      break;
  }
  text += dtype_name(type.dtype);
  if (!type.ranked) return text + " (rank unknown)";
  text += "[";
  for (std::size_t i = 0; i < type.dims.size(); ++i) {
    if (i > 0) text += ",";
    const Dim& dim = type.dims[i];
    text += dim.is_known() ? std::to_string(dim.value) : (dim.symbol.empty() ? "?" : dim.symbol);
  }
  return text + "]";
}

bool Graph::is_output(ValueId id) const {
  return std::any_of(outputs.begin(), outputs.end(),
                     [&](const Port& port) { return port.value == id; });
}

bool Graph::is_input(ValueId id) const {
  return std::any_of(inputs.begin(), inputs.end(),
                     [&](const Port& port) { return port.value == id; });
}

ValueId Graph::add_value(std::string value_name, ValueType type) {
  Value value;
  value.name = std::move(value_name);
  value.type = std::move(type);
  values_.push_back(std::move(value));
  uses_.emplace_back();
  return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::add_constant(std::string value_name, Tensor tensor) {
  const ValueId id = add_value(std::move(value_name));
  set_constant(id, std::move(tensor));
  return id;
}

void Graph::set_constant(ValueId id, Tensor tensor) {
  Value& value = values_[index_of(id)];
  value.type = ValueType::of(tensor.dtype(), tensor.shape());
  value.constant = std::move(tensor);
}

void Graph::detach_and_set_constant(ValueId id, Tensor tensor) {
  Value& value = values_[index_of(id)];
  if (value.producer != NodeId::none) {
    Node& producer = nodes_[index_of(value.producer)];
    std::replace(producer.outputs.begin(), producer.outputs.end(), id, ValueId::none);
    value.producer = NodeId::none;
  }
  set_constant(id, std::move(tensor));
}

NodeId Graph::add_node(Node node) {
  assert(node.op != nullptr);
  const auto id = static_cast<NodeId>(nodes_.size());
  for (const ValueId input : node.inputs) {
    if (input != ValueId::none) uses_[index_of(input)].push_back(id);
  }
  for (const ValueId output : node.outputs) {
    if (output != ValueId::none) values_[index_of(output)].producer = id;
  }
  nodes_.push_back(std::move(node));
  ++alive_count_;
  return id;
}

void Graph::remove_node(NodeId id) {
  Node& node = nodes_[index_of(id)];
  if (node.op == nullptr) return;
  for (const ValueId input : node.inputs) {
    if (input == ValueId::none) continue;
    auto& users = uses_[index_of(input)];
    const auto at = std::find(users.begin(), users.end(), id);
    if (at != users.end()) users.erase(at);
  }
  for (const ValueId output : node.outputs) {
    if (output != ValueId::none && values_[index_of(output)].producer == id) {
      values_[index_of(output)].producer = NodeId::none;
    }
  }
  node = Node{};
  --alive_count_;
}

void Graph::replace_uses(ValueId from, ValueId to) {
  if (from == to) return;
  for (const NodeId user : uses_[index_of(from)]) {
    auto& node_inputs = nodes_[index_of(user)].inputs;
    std::replace(node_inputs.begin(), node_inputs.end(), from, to);
    uses_[index_of(to)].push_back(user);
  }
  uses_[index_of(from)].clear();
  for (Port& port : outputs) {
    if (port.value == from) port.value = to;
  }
}

void Graph::set_input(NodeId id, std::size_t slot, ValueId to) {
  auto& slots = nodes_[index_of(id)].inputs;
  if (slot >= slots.size()) slots.resize(slot + 1, ValueId::none);
  ValueId& input = slots[slot];
  if (input != ValueId::none) {
    auto& users = uses_[index_of(input)];
    const auto at = std::find(users.begin(), users.end(), id);
    if (at != users.end()) users.erase(at);
  }
  input = to;
  if (to != ValueId::none) uses_[index_of(to)].push_back(id);
}

namespace {

/// Names one cycle among the nodes that a topological sort could not place.
std::string describe_cycle(const Graph& graph, const std::vector<int>& missing) {
  NodeId start = NodeId::none;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (missing[i] > 0) {
      start = static_cast<NodeId>(i);
      break;
    }
  }
  std::vector<NodeId> path;
  std::vector<bool> seen(missing.size(), false);
  NodeId at = start;
  while (at != NodeId::none && !seen[index_of(at)]) {
    seen[index_of(at)] = true;
    path.push_back(at);
    NodeId next = NodeId::none;
    for (const ValueId input : graph.node(at).inputs) {
      if (input == ValueId::none) continue;
      const NodeId producer = graph.value(input).producer;
      if (producer != NodeId::none && missing[index_of(producer)] > 0) next = producer;
    }
    at = next;
  }
  const auto label = [&](NodeId id) {
    const Node& node = graph.node(id);
    return node.name.empty() ? std::string(node.op->name) : node.name;
  };
  constexpr std::size_t kMost = 8;
  std::string text = at == NodeId::none ? "" : label(at);
  const auto first = std::find(path.begin(), path.end(), at);
  std::size_t shown = 0;
  for (auto it = path.end(); it != first && shown < kMost; ++shown) {
    --it;
    text += " -> " + label(*it);
  }
  return shown == kMost ? text + " -> ..." : text;
}

}  // namespace

Result<std::vector<NodeId>> Graph::topological_order() const {
  std::vector<int> missing(nodes_.size(), 0);
  std::vector<NodeId> ready;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].op == nullptr) continue;
    for (const ValueId input : nodes_[i].inputs) {
      if (input != ValueId::none && values_[index_of(input)].producer != NodeId::none) {
        ++missing[i];
      }
    }
  }
  // A min-heap on ids keeps file order where the graph allows it.
  const auto later = [](NodeId a, NodeId b) { return a > b; };
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].op != nullptr && missing[i] == 0) ready.push_back(static_cast<NodeId>(i));
  }
  std::make_heap(ready.begin(), ready.end(), later);
  std::vector<NodeId> order;
  order.reserve(alive_count_);
  while (!ready.empty()) {
    std::pop_heap(ready.begin(), ready.end(), later);
    const NodeId id = ready.back();
    ready.pop_back();
    order.push_back(id);
    for (const ValueId output : nodes_[index_of(id)].outputs) {
      if (output == ValueId::none) continue;
      for (const NodeId user : uses_[index_of(output)]) {
        if (--missing[index_of(user)] == 0) {
          ready.push_back(user);
          std::push_heap(ready.begin(), ready.end(), later);
        }
      }
    }
  }
  if (order.size() != alive_count_) {
    return invalid_model("the graph has a cycle: " + describe_cycle(*this, missing),
                         "E-MODEL-CYCLE");
  }
  return order;
}

ErrorWhere where_of(const Node& node) {
  ErrorWhere where;
  where.node = node.name;
  if (node.op != nullptr) {
    where.op = node.op->domain.empty()
                   ? std::string(node.op->name)
                   : std::string(node.op->domain) + "." + std::string(node.op->name);
  }
  where.opset = node.opset;
  return where;
}

Error with_node(Error error, const Node& node) {
  if (error.where.node.empty() && error.where.op.empty()) {
    ErrorWhere where = where_of(node);
    where.model = error.where.model;
    where.tensor = error.where.tensor;
    error.where = std::move(where);
  }
  return error;
}

}  // namespace vernier
