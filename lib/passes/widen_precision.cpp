#include <algorithm>
#include <array>
#include <utility>

#include "graph/edit.h"
#include "ops/cast.h"
#include "passes/change_precision.h"

namespace vernier {
namespace {

bool is_half(DType dtype) noexcept { return dtype == DType::float16 || dtype == DType::bfloat16; }

/// Attributes that name an element type.
constexpr std::array<std::string_view, 6> kTypeAttributes = {
    "to", "dtype", "output_dtype", "output_datatype", "precision", "stash_type"};

Result<Tensor> to_float(const Tensor& tensor, const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(Tensor wide, cast_tensor(tensor, DType::float32, budget));
  tensor.drop_pages();
  return wide;
}

class Widening {
 public:
  Widening(Graph& graph, const WidenOptions& options) : graph_(graph), options_(options) {}

  Result<PrecisionReport> run() {
    const std::vector<Graph*> graphs = all_graphs(graph_);
    if (!options_.convert_ports) note_ports();
    for (Graph* graph : graphs) VERNIER_TRY(widen_values(*graph));
    for (Graph* graph : graphs) VERNIER_TRY(widen_nodes(*graph));
    if (!options_.convert_ports) VERNIER_TRY(cast_ports());
    return std::move(report_);
  }

 private:
  void note_ports() {
    for (const Port& port : graph_.inputs) inputs_.push_back(graph_.value(port.value).type.dtype);
    for (const Port& port : graph_.outputs) outputs_.push_back(graph_.value(port.value).type.dtype);
  }

  Result<void> widen_values(Graph& graph) {
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      ValueType type = graph.value(id).type;
      if (!is_half(type.dtype)) continue;
      type.dtype = DType::float32;
      if (graph.is_constant(id)) {
        ++report_.constants;
        if (options_.materialize || &graph != &graph_) {
          VERNIER_ASSIGN(Tensor wide, to_float(*graph.value(id).constant, options_.budget));
          graph.set_constant(id, std::move(wide));
          continue;
        }
        report_.stored_as[id] = DType::float32;
      }
      graph.set_type(id, std::move(type));
    }
    return {};
  }

  Result<bool> widen_attributes(std::vector<Attribute>& attributes) {
    bool changed = false;
    for (Attribute& attribute : attributes) {
      if (auto* tensor = std::get_if<Tensor>(&attribute.value)) {
        if (!is_half(tensor->dtype())) continue;
        VERNIER_ASSIGN(*tensor, to_float(*tensor, options_.budget));
        changed = true;
      } else if (auto* number = std::get_if<std::int64_t>(&attribute.value)) {
        const bool names_type = std::find(kTypeAttributes.begin(), kTypeAttributes.end(),
                                          attribute.name) != kTypeAttributes.end();
        const auto dtype = dtype_from_onnx(*number);
        if (!names_type || !dtype || !is_half(*dtype)) continue;
        *number = static_cast<std::int64_t>(DType::float32);
        changed = true;
      }
    }
    return changed;
  }

  Result<void> widen_nodes(Graph& graph) {
    for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph.alive(id)) continue;
      Node& node = graph.mutable_node(id);
      std::vector<Attribute> attributes = node.attributes;
      VERNIER_ASSIGN(const bool changed, widen_attributes(attributes));
      if (changed) {
        VERNIER_ASSIGN(const Node made,
                       make_node(node.op, node.name, node.opset, node.inputs, attributes));
        node.attributes = std::move(attributes);
        node.parameters = made.parameters;
        ++report_.converted;
      }
      if (node.is("Cast")) drop_idle_cast(graph, id);
    }
    return {};
  }

  static void drop_idle_cast(Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    const ValueId from = node.inputs[0];
    const ValueId to = node.outputs[0];
    const bool idle = params_as<CastParams>(node).to == DType::float32 &&
                      graph.value(from).type.dtype == DType::float32;
    const bool shown = graph.is_output(to);
    const bool may_be_shown = graph.value(from).producer != NodeId::none && !graph.is_output(from);
    if (!idle || (shown && !may_be_shown)) return;
    const std::string name = graph.value(to).name;
    graph.replace_uses(to, from);
    graph.remove_node(id);
    if (shown) graph.rename(from, name);
  }

  Result<ValueId> cast(ValueId from, const std::string& name, DType to) {
    ValueType type = graph_.value(from).type;
    type.dtype = to;
    const ValueId out = graph_.add_value(name, std::move(type));
    VERNIER_ASSIGN(Node node, make_node(&cast_op, name, cast_op.since_version, {from},
                                        {{"to", static_cast<std::int64_t>(to)}}));
    node.outputs = {out};
    graph_.add_node(std::move(node));
    ++report_.casts;
    return out;
  }

  /// Inputs and outputs of half precision keep their types; a Cast stands behind or before each.
  Result<void> cast_ports() {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      if (!is_half(inputs_[i])) continue;
      const ValueId id = graph_.inputs[i].value;
      ValueType type = graph_.value(id).type;
      type.dtype = inputs_[i];
      const std::vector<NodeId> readers(graph_.uses(id).begin(), graph_.uses(id).end());
      graph_.set_type(id, std::move(type));
      VERNIER_ASSIGN(const ValueId wide, cast(id, graph_.value(id).name + "_fp32", DType::float32));
      for (const NodeId reader : readers) {
        for (std::size_t slot = 0; slot < graph_.node(reader).inputs.size(); ++slot) {
          if (graph_.node(reader).inputs[slot] == id) graph_.set_input(reader, slot, wide);
        }
      }
    }
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
      Port& port = graph_.outputs[i];
      if (!is_half(outputs_[i]) || graph_.value(port.value).type.dtype == outputs_[i]) continue;
      const ValueId from = port.value;
      VERNIER_ASSIGN(port.value, cast(from, port.name, outputs_[i]));
      if (graph_.value(from).name == port.name) graph_.rename(from, port.name + "_fp32");
    }
    return {};
  }

  Graph& graph_;
  const WidenOptions& options_;
  std::vector<DType> inputs_;   ///< as declared
  std::vector<DType> outputs_;  ///< as declared
  PrecisionReport report_;
};

}  // namespace

bool holds_halves(Graph& top) {
  for (const Graph* graph : all_graphs(top)) {
    for (std::size_t i = 0; i < graph->node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph->alive(id) || !graph->node(id).is("Cast")) continue;
      const DType to = params_as<CastParams>(graph->node(id)).to;
      if (to == DType::float16 || to == DType::bfloat16) return true;
    }
    for (std::size_t i = 0; i < graph->value_count(); ++i) {
      const DType dtype = graph->value(static_cast<ValueId>(i)).type.dtype;
      if (dtype == DType::float16 || dtype == DType::bfloat16) return true;
    }
  }
  return false;
}

Result<PrecisionReport> widen_precision(Graph& graph, const WidenOptions& options) {
  return Widening(graph, options).run();
}

}  // namespace vernier
