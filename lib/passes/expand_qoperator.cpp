#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

// Operands of QLinearConv (x, w, bias) and QLinearMatMul (a, b).
constexpr std::size_t kX = 0;
constexpr std::size_t kW = 3;
constexpr std::size_t kOut = 6;  // scale, then zero point
constexpr std::size_t kBias = 8;

/// QLinearConv and QLinearMatMul with constant scales and zero points, spelled with
/// DequantizeLinear, Conv or MatMul, and QuantizeLinear, which is what they mean. The passes that
/// know those make integer operators of both spellings.
class ExpandQOperator final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "expand_qoperator"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    const bool conv = node.is("QLinearConv");
    if (!conv && !node.is("QLinearMatMul")) return Match::none();
    for (const std::size_t i : {kX + 1, kX + 2, kW + 1, kW + 2, kOut, kOut + 1}) {
      if (!graph.is_constant(node.inputs[i])) return Match::blocked("a scale is not a constant");
    }
    for (const std::size_t i : {kX + 1, kX + 2, kOut, kOut + 1}) {
      if (!scalar_constant(graph, node.inputs[i])) {
        return Match::blocked("activations have more than one scale");
      }
    }
    const Tensor& w_scale = *graph.value(node.inputs[kW + 1]).constant;
    const bool float32 = w_scale.dtype() == DType::float32 &&
                         graph.value(node.inputs[kX + 1]).type.dtype == DType::float32 &&
                         graph.value(node.inputs[kOut]).type.dtype == DType::float32;
    if (!float32 || w_scale.shape().size() > 1 ||
        graph.value(node.inputs[kW + 2]).constant->element_count() != w_scale.element_count()) {
      return Match::blocked("the weight's scales are not plain numbers");
    }
    const ValueType& w = graph.value(node.inputs[kW]).type;
    if (!w.ranked) return Match::blocked("the rank is unknown");
    const std::int64_t w_axis = conv ? 0 : static_cast<std::int64_t>(w.rank()) - 1;
    Edit edit(graph);
    VERNIER_ASSIGN(const ValueId x, dequantize(node, kX, 0, edit));
    VERNIER_ASSIGN(const ValueId weight, dequantize(node, kW, w_axis, edit));
    std::vector<ValueId> inputs = {x, weight};
    if (conv && input_of(node, kBias) != ValueId::none) {
      VERNIER_ASSIGN(const ValueId bias, dequantized_bias(graph, node, edit));
      inputs.push_back(bias);
    }
    VERNIER_ASSIGN(Node product,
                   node_like(node, conv ? "Conv" : "MatMul", std::move(inputs), node.attributes));
    const ValueId real = edit.add_node(std::move(product));
    VERNIER_ASSIGN(Node quantize, node_like(node, "QuantizeLinear",
                                            {real, node.inputs[kOut], node.inputs[kOut + 1]}));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(quantize)));
  }

 private:
  static Result<ValueId> dequantize(const Node& node, std::size_t first, std::int64_t axis,
                                    Edit& edit) {
    VERNIER_ASSIGN(Node real,
                   node_like(node, "DequantizeLinear",
                             {node.inputs[first], node.inputs[first + 1], node.inputs[first + 2]},
                             {int_attr("axis", axis)}));
    return edit.add_node(std::move(real));
  }

  /// The bias counts in units of the product of the scales of x and w.
  static Result<ValueId> dequantized_bias(const Graph& graph, const Node& node, Edit& edit) {
    const double x_scale = *scalar_constant(graph, node.inputs[kX + 1]);
    const Tensor& w_scale = *graph.value(node.inputs[kW + 1]).constant;
    std::vector<float> scales;
    for (std::int64_t i = 0; i < w_scale.element_count(); ++i) {
      const double scale = element_as_double(w_scale, i).value_or(0.0);
      scales.push_back(static_cast<float>(x_scale * scale));
    }
    const Shape shape{static_cast<std::int64_t>(scales.size())};
    const ValueId scale =
        edit.add_constant(node.name + ":bias_scale", Tensor::from_float(scales, shape));
    VERNIER_ASSIGN(Node real, node_like(node, "DequantizeLinear", {node.inputs[kBias], scale},
                                        {int_attr("axis", 0)}));
    return edit.add_node(std::move(real));
  }
};

}  // namespace

const Pass& expand_qoperator_pass() {
  static const ExpandQOperator pass;
  return pass;
}

}  // namespace vernier
