#include "graph/print.h"

#include <charconv>
#include <cstring>
#include <deque>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/element.h"

namespace vernier {
namespace {

constexpr std::int64_t kMostElements = 8;

template <class T>
std::string number_text(T value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

std::string element_text(const Tensor& tensor, std::int64_t i) {
  return visit_dtype(tensor.dtype(), [&](auto tag) -> std::string {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, std::string>) {
      return '"' + tensor.as<std::string>()[i] + '"';
    } else if constexpr (std::is_void_v<T> || is_complex_v<T>) {
      return "?";
    } else {
      T value{};
      std::memcpy(&value, tensor.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
      if constexpr (std::is_same_v<T, bool>) {
        return value ? "true" : "false";
      } else {
        return number_text(load_element(value));
      }
    }
  });
}

std::string tensor_text(const Tensor& tensor) {
  std::string text = "{";
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    if (i == kMostElements) {
      text += ", ...";
      break;
    }
    if (i > 0) text += ", ";
    text += element_text(tensor, i);
  }
  return text + "}";
}

template <class T>
std::string list_text(const std::vector<T>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ",";
    if constexpr (std::is_same_v<T, std::string>) {
      text += '"' + values[i] + '"';
    } else {
      text += number_text(values[i]);
    }
  }
  return text + "]";
}

std::string attribute_text(const AttributeValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, float>) {
          return number_text(held);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return '"' + held + '"';
        } else if constexpr (std::is_same_v<T, Tensor>) {
          return std::string(dtype_name(held.dtype())) + to_string(held.shape()) +
                 tensor_text(held);
        } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>> ||
                             std::is_same_v<T, std::vector<float>> ||
                             std::is_same_v<T, std::vector<std::string>>) {
          return list_text(held);
        } else if constexpr (std::is_same_v<T, ValueType>) {
          return to_string(held);
        } else if constexpr (std::is_same_v<T, GraphPtr>) {
          return "<graph>";
        } else {
          return "<...>";
        }
      },
      value);
}

std::string value_text(const Graph& graph, ValueId id) {
  if (id == ValueId::none) return "-";
  const Value& value = graph.value(id);
  std::string text = "%" + std::to_string(index_of(id));
  if (!value.name.empty()) text += " " + value.name;
  if (value.constant && value.constant->element_count() <= kMostElements) {
    text += " = " + tensor_text(*value.constant);
  }
  return text;
}

std::string typed_text(const Graph& graph, ValueId id) {
  if (id == ValueId::none) return "-";
  return value_text(graph, id) + ": " + to_string(graph.value(id).type);
}

std::vector<NodeId> printing_order(const Graph& graph) {
  if (auto order = graph.topological_order()) return std::move(order).value();
  std::vector<NodeId> ids;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    if (graph.alive(static_cast<NodeId>(i))) ids.push_back(static_cast<NodeId>(i));
  }
  return ids;
}

}  // namespace

std::string print_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  std::string text;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (i > 0) text += ", ";
    text += typed_text(graph, node.outputs[i]);
  }
  text += " = ";
  if (!node.op->domain.empty()) text += std::string(node.op->domain) + ".";
  text += std::string(node.op->name) + "(";
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (i > 0) text += i == node.formal_input_count() ? " | " : ", ";
    text += value_text(graph, node.inputs[i]);
  }
  text += ")";
  if (!node.attributes.empty()) {
    text += " {";
    for (std::size_t i = 0; i < node.attributes.size(); ++i) {
      if (i > 0) text += ", ";
      text += node.attributes[i].name + "=" + attribute_text(node.attributes[i].value);
    }
    text += "}";
  }
  if (!node.name.empty()) text += " # " + node.name;
  return escape_for_terminal(text);
}

std::string print(const Graph& graph) {
  std::deque<std::pair<const Graph*, std::string>> pending;
  pending.emplace_back(&graph, "graph " + graph.name);
  std::string text;
  while (!pending.empty()) {
    const auto [current, title] = pending.front();
    pending.pop_front();
    text += escape_for_terminal(title) + "\n";
    for (const Port& port : current->inputs) {
      text += "  in  " + escape_for_terminal(typed_text(*current, port.value)) + "\n";
    }
    for (const ValueId id : current->captures) {
      text += "  cap " + escape_for_terminal(typed_text(*current, id)) + "\n";
    }
    for (const NodeId id : printing_order(*current)) {
      text += "  " + print_node(*current, id) + "\n";
      const Node& node = current->node(id);
      for (std::size_t i = 0; i < node.subgraphs.size(); ++i) {
        pending.emplace_back(node.subgraphs[i].get(),
                             "body " + std::to_string(i) + " of " + node.name);
      }
    }
    for (const Port& port : current->outputs) {
      text += "  out " + escape_for_terminal(port.name + " = " + typed_text(*current, port.value)) +
              "\n";
    }
  }
  return text;
}

}  // namespace vernier
