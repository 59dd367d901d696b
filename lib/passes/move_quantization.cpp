#include <algorithm>
#include <string_view>

#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

Node with_inputs(const Node& node, std::vector<ValueId> inputs) {
  Node copy = node;
  copy.inputs = std::move(inputs);
  copy.outputs.clear();
  return copy;
}

/// mover(DequantizeLinear(q)) -> DequantizeLinear(mover(q)), and QuantizeLinear(mover(x)) ->
/// mover(QuantizeLinear(x)): the integers are what is moved. A Concat takes the quantization of its
/// output to its inputs.
class MoveQuantization final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "move_quantization"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (moves_elements(node)) return sink(graph, id);
    if (node.is("Concat")) return sink_concat(graph, id);
    if (node.is("QuantizeLinear")) return hoist(graph, id);
    return Match::none();
  }

 private:
  static Result<Match> sink(const Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    const auto point = dequantized(graph, node.inputs[0]);
    if (!point) return Match::none();
    const Node& source = *producer_of(graph, node.inputs[0]);
    Edit edit(graph);
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = point->value;
    std::vector<bool> present;
    for (const ValueId output : node.outputs) present.push_back(output != ValueId::none);
    const std::vector<ValueId> moved = edit.add_node(with_inputs(node, inputs), present);
    for (std::size_t i = 0; i < moved.size(); ++i) {
      if (!present[i]) continue;
      std::vector<ValueId> operands = source.inputs;
      operands[0] = moved[i];
      edit.replace(node.outputs[i], edit.add_node(with_inputs(source, std::move(operands))));
    }
    edit.remove(id);
    return Match(std::move(edit));
  }

  /// Only where all inputs mean the same: other scales are the output's business.
  static Result<Match> sink_concat(const Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    const auto first = dequantized(graph, node.inputs[0]);
    if (!first) return Match::none();
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs) {
      const auto point = dequantized(graph, input);
      if (!point || !same_quantization(*point, *first)) return Match::none();
      inputs.push_back(point->value);
    }
    Edit edit(graph);
    const Node& source = *producer_of(graph, node.inputs[0]);
    std::vector<ValueId> operands = source.inputs;
    operands[0] = edit.add_node(with_inputs(node, std::move(inputs)));
    edit.replace(node.outputs[0], edit.add_node(with_inputs(source, std::move(operands))));
    edit.remove(id);
    return Match(std::move(edit));
  }

  static Result<Match> hoist(const Graph& graph, NodeId id) {
    const Node& quantize = graph.node(id);
    const ValueId real = quantize.inputs[0];
    const Node* mover = producer_of(graph, real);
    if (mover == nullptr || !quantizes(graph, quantize)) return Match::none();
    const bool concat = mover->is("Concat");
    if (!concat && !moves_elements(*mover)) return Match::none();
    if (mover->outputs.size() != 1) return Match::none();
    if (!graph.has_single_use(real)) return Match::blocked("the moved value has other uses");
    if (!concat && dequantized(graph, mover->inputs[0])) return Match::none();
    Edit edit(graph);
    std::vector<ValueId> inputs = mover->inputs;
    for (std::size_t i = 0; i < (concat ? mover->formal_input_count() : 1); ++i) {
      std::vector<ValueId> operands = quantize.inputs;
      operands[0] = inputs[i];
      inputs[i] = edit.add_node(with_inputs(quantize, std::move(operands)));
    }
    edit.replace(quantize.outputs[0], edit.add_node(with_inputs(*mover, std::move(inputs))));
    edit.remove(id);
    return Match(std::move(edit));
  }
};

}  // namespace

const Pass& move_quantization_pass() {
  static const MoveQuantization pass;
  return pass;
}

}  // namespace vernier
