#include "passes/float_islands.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "passes/pattern.h"

namespace vernier {
namespace {

bool is_float_value(const Graph& graph, ValueId id) {
  return id != ValueId::none && is_real_float(graph.value(id).type.dtype);
}

/// Marks float values that `seeds` reach along the edges that `next` gives.
template <class Next>
std::vector<bool> reach(const Graph& graph, std::vector<ValueId> seeds, Next&& next) {
  std::vector<bool> seen(graph.value_count(), false);
  while (!seeds.empty()) {
    const ValueId id = seeds.back();
    seeds.pop_back();
    if (!is_float_value(graph, id) || seen[index_of(id)]) continue;
    seen[index_of(id)] = true;
    next(id, seeds);
  }
  return seen;
}

std::string reason_for(const Graph& graph, const Node& node) {
  constexpr std::string_view kServed[] = {
      "Conv",      "Gemm",      "MatMul",      "Add",         "Sub",    "Mul",
      "FusedConv", "FusedGemm", "FusedMatMul", "AveragePool", "Concat", "GlobalAveragePool",
      "MaxPool",   "ReduceMean"};
  const std::string_view op = node.op->name;
  const bool served = std::find(std::begin(kServed), std::end(kServed), op) != std::end(kServed);
  const bool pointwise = node.op->traits.elementwise;
  if (!served && !pointwise) return "there is no integer form of this operator";
  for (const ValueId input : node.inputs) {
    if (!is_float_value(graph, input) || graph.is_constant(input)) continue;
    if (producer_of(graph, input, "DequantizeLinear") == nullptr)
      return "an operand is not quantized";
  }
  const ValueId output = node.outputs.empty() ? ValueId::none : node.outputs[0];
  const bool quantized = output != ValueId::none && graph.has_single_use(output) &&
                         graph.node(graph.uses(output)[0]).is("QuantizeLinear");
  if (!quantized) return "its result is not quantized, or read before it is";
  return "constants, shapes or scales are not those of the integer form";
}

}  // namespace

std::vector<bool> between_quantized(const Graph& graph) {
  std::vector<ValueId> from;
  std::vector<ValueId> to;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id)) continue;
    const Node& node = graph.node(id);
    if (node.is("DequantizeLinear") && !graph.is_constant(node.inputs[0])) {
      from.push_back(node.outputs[0]);
    }
    if (node.is("QuantizeLinear")) to.push_back(node.inputs[0]);
  }
  const auto behind = reach(graph, std::move(from), [&](ValueId id, std::vector<ValueId>& next) {
    for (const NodeId user : graph.uses(id)) {
      const auto& outputs = graph.node(user).outputs;
      next.insert(next.end(), outputs.begin(), outputs.end());
    }
  });
  const auto before = reach(graph, std::move(to), [&](ValueId id, std::vector<ValueId>& next) {
    const Node* producer = producer_of(graph, id);
    if (producer == nullptr) return;
    next.insert(next.end(), producer->inputs.begin(), producer->inputs.end());
  });
  std::vector<bool> between(graph.node_capacity(), false);
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id)) continue;
    const Node& node = graph.node(id);
    if (node.is("DequantizeLinear") || node.is("QuantizeLinear")) continue;
    between[i] = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId value) {
      return value != ValueId::none && behind[index_of(value)] && before[index_of(value)];
    });
  }
  return between;
}

std::map<std::string, std::string> float_islands(const Graph& graph) {
  const std::vector<bool> between = between_quantized(graph);
  std::map<std::string, std::string> islands;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id) || !between[i]) continue;
    const Node& node = graph.node(id);
    const bool integer = node.op->domain == "vernier" && node.op->name.front() == 'Q';
    if (!integer) islands.emplace(node.name, reason_for(graph, node));
  }
  return islands;
}

}  // namespace vernier
