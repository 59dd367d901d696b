#include <algorithm>

#include "passes/fusion_rules.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// The element that a constant repeats; nullopt when elements differ or there is none.
std::optional<double> uniform(const Tensor& tensor) {
  std::optional<double> first;
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    const auto element = element_as_double(tensor, i);
    if (!element || (first && *first != *element)) return std::nullopt;
    first = element;
  }
  return first;
}

}  // namespace

std::optional<QuantLink> quant_link(const Graph& graph, const Node& node) {
  const bool quantizes = node.is("QuantizeLinear");
  if (!quantizes && !node.is("DequantizeLinear")) return std::nullopt;
  QuantLink link;
  link.node = &node;
  const ValueId integers = quantizes ? node.outputs[0] : node.inputs[0];
  const ValueId scale = input_of(node, 1);
  const ValueId zero = input_of(node, 2);
  link.dtype = graph.value(integers).type.dtype;
  link.blocked = int_attribute(node, "block_size", 0) != 0;
  link.axis = int_attribute(node, "axis", 1);
  const ValueType& type = graph.value(integers).type;
  if (link.axis < 0 && type.ranked) link.axis += static_cast<std::int64_t>(type.rank());
  link.has_zero = zero != ValueId::none;
  link.constant = graph.is_constant(scale) && (!link.has_zero || graph.is_constant(zero));
  if (graph.is_constant(scale)) link.per_axis = graph.value(scale).constant->element_count() != 1;
  if (!link.has_zero) {
    link.zero = 0;
  } else if (graph.is_constant(zero)) {
    if (const auto all = uniform(*graph.value(zero).constant)) {
      link.zero = static_cast<std::int64_t>(*all);
    }
  }
  return link;
}

bool is_8bit(const QuantLink& link) {
  return link.dtype == DType::uint8 || link.dtype == DType::int8;
}

bool same_scalar_parameters(const Graph& graph, const QuantLink& a, const QuantLink& b) {
  if (!a.constant || !b.constant || a.per_axis || b.per_axis) return false;
  if (!a.has_zero || !b.has_zero || a.dtype != b.dtype || a.zero != b.zero) return false;
  return scalar_constant(graph, a.node->inputs[1]) == scalar_constant(graph, b.node->inputs[1]);
}

FusionView::FusionView(const Graph& graph)
    : graph_(graph), fixed_(graph.value_count(), false), integer_(graph.node_capacity(), false) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    fixed_[i] = graph.is_constant(static_cast<ValueId>(i));
  }
  const auto order = graph.topological_order();
  if (!order) return;
  for (const NodeId id : *order) {
    const Node& node = graph.node(id);
    const bool all = node.op->traits.deterministic &&
                     std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
                       return input == ValueId::none || fixed_[index_of(input)];
                     });
    if (!all) continue;
    for (const ValueId output : node.outputs) {
      if (output != ValueId::none) fixed_[index_of(output)] = true;
    }
  }
}

bool FusionView::is_real(ValueId id) const {
  return id != ValueId::none && is_real_float(graph_.value(id).type.dtype);
}

std::optional<QuantLink> FusionView::dequantizer(ValueId id) const {
  const Node* node = producer_of(graph_, id, "DequantizeLinear");
  return node == nullptr ? std::nullopt : quant_link(graph_, *node);
}

const Node* FusionView::sole_reader(ValueId id) const {
  if (id == ValueId::none || !graph_.has_single_use(id)) return nullptr;
  return &graph_.node(graph_.uses(id)[0]);
}

std::optional<QuantLink> FusionView::sole_quantizer(ValueId id) const {
  const Node* reader = sole_reader(id);
  if (reader == nullptr || !reader->is("QuantizeLinear")) return std::nullopt;
  return quant_link(graph_, *reader);
}

bool FusionView::has_quantizer(ValueId id) const {
  const auto uses = graph_.uses(id);
  return std::any_of(uses.begin(), uses.end(),
                     [&](NodeId user) { return graph_.node(user).is("QuantizeLinear"); });
}

bool FusionView::made_by_integers(ValueId id) const {
  if (id == ValueId::none) return false;
  const NodeId producer = graph_.value(id).producer;
  return producer != NodeId::none && integer_[index_of(producer)];
}

bool FusionView::is_integer(const Node& node) const {
  return !node.outputs.empty() && made_by_integers(node.outputs[0]);
}

bool never(const FusionView& /*view*/, const Node& /*node*/) { return false; }

}  // namespace vernier
