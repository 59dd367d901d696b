#include "passes/fold_row.h"

#include <vector>

#include "passes/pattern.h"

namespace vernier {
namespace {

/// Whether a constant has one value for each element of the last axis of `type`.
bool is_row(const Graph& graph, ValueId id, std::size_t size, const ValueType& type) {
  if (!graph.is_constant(id)) return false;
  const Tensor& tensor = *graph.value(id).constant;
  return tensor.dtype() == DType::float32 && !tensor.shape().empty() &&
         static_cast<std::size_t>(tensor.shape().back()) == size &&
         tensor.element_count() == static_cast<std::int64_t>(size) && type.ranked &&
         tensor.shape().size() <= type.rank();
}

bool normalizes_last_axis(const Node& node, const ValueType& type) {
  if (!node.is("LayerNormalization") && !node.is("RMSNormalization")) return false;
  return type.ranked && axis_of(node, type.rank()) == static_cast<std::int64_t>(type.rank()) - 1;
}

/// Constants that have to be multiplied; none where that does not make `value` the product.
std::vector<InputSlot> rows_behind(const Graph& graph, ValueId value, std::size_t size) {
  const ValueType& type = graph.value(value).type;
  std::vector<InputSlot> rows;
  while (true) {
    const NodeId id = graph.value(value).producer;
    if (id == NodeId::none) return {};
    const Node& node = graph.node(id);
    if (normalizes_last_axis(node, type)) {
      for (std::size_t slot = 1; slot < node.inputs.size(); ++slot) {
        if (node.inputs[slot] == ValueId::none) continue;
        if (!is_row(graph, node.inputs[slot], size, type)) return {};
        rows.push_back({id, slot});
      }
      return rows;
    }
    if (!node.is("Mul") && !node.is("Add")) return {};
    const std::size_t slot = graph.is_constant(node.inputs[0]) ? 0 : 1;
    if (!is_row(graph, node.inputs[slot], size, type)) return {};
    rows.push_back({id, slot});
    if (node.is("Mul")) return rows;
    value = node.inputs[1 - slot];
    if (!graph.has_single_use(value)) return {};
  }
}

}  // namespace

Result<bool> fold_row(Graph& graph, ValueId value, std::span<const float> row, NodeAdder& adder,
                      const std::shared_ptr<MemoryBudget>& budget) {
  const std::vector<InputSlot> rows = rows_behind(graph, value, row.size());
  for (const InputSlot& place : rows) {
    const ValueId old = graph.node(place.node).inputs[place.slot];
    VERNIER_ASSIGN(std::vector<float> values, constant_floats(graph, old, budget));
    for (std::size_t i = 0; i < row.size(); ++i) values[i] *= row[i];
    const Shape shape = graph.value(old).constant->shape();
    graph.set_input(
        place.node, place.slot,
        adder.constant(graph.value(old).name + "_scaled", Tensor::from_float(values, shape)));
  }
  return !rows.empty();
}

}  // namespace vernier
