#include <cmath>

#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

/// The elements of a float constant, `count` of them.
std::optional<std::vector<double>> constants(const Graph& graph, ValueId id, std::int64_t count) {
  if (!graph.is_constant(id)) return std::nullopt;
  const Tensor& tensor = *graph.value(id).constant;
  if (tensor.element_count() != count) return std::nullopt;
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto value = element_as_double(tensor, i);
    if (!value || !std::isfinite(*value)) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

/// BatchNormalization(Conv(x, DequantizeLinear(w), b)) -> Conv with the factors in the weight's
/// scales, which leaves the integers as they are.
class FuseQuantBatchNorm final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_quant_batch_norm"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext& context) const override {
    const Node& norm = graph.node(id);
    if (!norm.is("BatchNormalization") || norm.outputs.size() != 1) return Match::none();
    const Node* conv = producer_of(graph, norm.inputs[0], "Conv");
    if (conv == nullptr) return Match::none();
    const Node* weight = producer_of(graph, conv->inputs[1], "DequantizeLinear");
    if (weight == nullptr || int_attribute(*weight, "block_size", 0) != 0) return Match::none();
    if (!graph.has_single_use(norm.inputs[0])) {
      return Match::blocked("the convolution has other uses");
    }
    const auto w_shape = graph.value(weight->inputs[0]).type.shape();
    if (!graph.is_constant(weight->inputs[0]) || !w_shape || w_shape->size() < 3 ||
        graph.value(conv->inputs[1]).type.dtype != DType::float32) {
      return Match::blocked("the weight is not a constant");
    }
    const std::int64_t channels = (*w_shape)[0];
    const auto gamma = constants(graph, norm.inputs[1], channels);
    const auto beta = constants(graph, norm.inputs[2], channels);
    const auto mean = constants(graph, norm.inputs[3], channels);
    const auto variance = constants(graph, norm.inputs[4], channels);
    if (!gamma || !beta || !mean || !variance) {
      return Match::blocked("the statistics are not constant");
    }
    const auto scale = spread(graph, *weight, 1, channels);
    const auto zero = spread(graph, *weight, 2, channels);
    std::optional<std::vector<double>> bias = std::vector<double>(gamma->size(), 0.0);
    if (input_of(*conv, 2) != ValueId::none) bias = constants(graph, conv->inputs[2], channels);
    if (!scale || !zero || !bias) return Match::blocked("scales or bias are not constant");
    const auto epsilon = static_cast<double>(float_attribute(norm, "epsilon", 1e-5F));
    std::vector<float> scales;
    std::vector<float> biases;
    for (std::size_t c = 0; c < gamma->size(); ++c) {
      const double factor = (*gamma)[c] / std::sqrt((*variance)[c] + epsilon);
      if (!std::isfinite(factor)) return Match::blocked("a factor is not finite");
      scales.push_back(static_cast<float>((*scale)[c] * factor));
      biases.push_back(static_cast<float>(((*bias)[c] - (*mean)[c]) * factor + (*beta)[c]));
    }
    const Shape row{channels};
    Edit edit(graph);
    std::vector<ValueId> operands = {
        weight->inputs[0],
        edit.add_constant(norm.name + ":w_scale", Tensor::from_float(scales, row))};
    if (input_of(*weight, 2) != ValueId::none) {
      const DType dtype = graph.value(weight->inputs[0]).type.dtype;
      VERNIER_ASSIGN(Tensor zeros, zero_points(dtype, *zero, context));
      operands.push_back(edit.add_constant(norm.name + ":w_zero", std::move(zeros)));
    }
    VERNIER_ASSIGN(Node real, node_like(*weight, "DequantizeLinear", std::move(operands),
                                        {int_attr("axis", 0)}));
    std::vector<ValueId> inputs = {conv->inputs[0], edit.add_node(std::move(real))};
    inputs.push_back(edit.add_constant(norm.name + ":bias", Tensor::from_float(biases, row)));
    VERNIER_ASSIGN(Node fused, node_like(*conv, "Conv", std::move(inputs), conv->attributes));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(fused)));
  }

 private:
  /// Scale or zero point of the weight, one number per output channel.
  static std::optional<std::vector<double>> spread(const Graph& graph, const Node& weight,
                                                   std::size_t i, std::int64_t channels) {
    const auto count = static_cast<std::size_t>(channels);
    if (input_of(weight, i) == ValueId::none) return std::vector<double>(count, 0.0);
    if (const auto one = scalar_constant(graph, weight.inputs[i])) {
      return std::vector<double>(count, *one);
    }
    if (int_attribute(weight, "axis", 1) != 0) return std::nullopt;
    return constants(graph, weight.inputs[i], channels);
  }

  static Result<Tensor> zero_points(DType dtype, const std::vector<double>& values,
                                    const PassContext& context) {
    VERNIER_ASSIGN(
        Tensor zeros,
        Tensor::allocate(dtype, Shape{static_cast<std::int64_t>(values.size())}, context.budget));
    for (std::size_t i = 0; i < values.size(); ++i) {
      zeros.mutable_as<std::uint8_t>()[i] =
          static_cast<std::uint8_t>(static_cast<std::int32_t>(values[i]) & 0xFF);
    }
    return zeros;
  }
};

}  // namespace

const Pass& fuse_quant_batch_norm_pass() {
  static const FuseQuantBatchNorm pass;
  return pass;
}

}  // namespace vernier
