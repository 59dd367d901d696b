#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "graph/evaluate.h"
#include "ops/activation.h"
#include "ops/fused_conv.h"
#include "ops/fused_gemm.h"
#include "ops/fused_matmul.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

constexpr std::size_t kBiasInput = 2;
constexpr std::size_t kResidualInput = 3;
/// Sums of more products than this could leave 32 bits.
constexpr std::int64_t kMostProducts = 33025;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class Kind : std::uint8_t { none, conv, gemm, matmul };

Kind kind_of(const Node& node) {
  if (node.is("Conv") || node.is("vernier", "FusedConv")) return Kind::conv;
  if (node.is("Gemm") || node.is("vernier", "FusedGemm")) return Kind::gemm;
  if (node.is("MatMul") || node.is("vernier", "FusedMatMul")) return Kind::matmul;
  return Kind::none;
}

Activation activation_of(const Node& node) {
  if (node.op == &fused_conv_op) return params_as<FusedConvParams>(node).activation;
  if (node.op == &fused_gemm_op) return params_as<FusedGemmParams>(node).activation;
  if (node.op == &fused_matmul_op) return params_as<FusedMatMulParams>(node).activation;
  return {};
}

/// Real bounds of an activation that only clamps; nullopt for others.
std::optional<std::pair<double, double>> clamp_range(const Activation& activation) {
  switch (activation.kind) {
    case Activation::Kind::none:
      return std::pair{-kInfinity, kInfinity};
    case Activation::Kind::relu:
      return std::pair{0.0, kInfinity};
    case Activation::Kind::clip:
      if (activation.alpha > activation.beta) return std::nullopt;
      return std::pair{static_cast<double>(activation.alpha), static_cast<double>(activation.beta)};
    default:
      return std::nullopt;
  }
}

/// The standard node of an activation.
Result<Node> activation_node(const Node& model, const Activation& activation, ValueId x,
                             Edit& edit) {
  const auto unary = [&](std::string_view op, std::vector<Attribute> attributes = {}) {
    return node_like(model, op, {x}, std::move(attributes));
  };
  const auto bound = [&](float value) {
    return edit.add_constant(model.name + ":bound", Tensor::scalar_float(value));
  };
  switch (activation.kind) {
    case Activation::Kind::sigmoid:
      return unary("Sigmoid");
    case Activation::Kind::silu:
      return unary("Swish");
    case Activation::Kind::hard_swish:
      return unary("HardSwish");
    case Activation::Kind::hard_sigmoid:
      return unary("HardSigmoid",
                   {float_attr("alpha", activation.alpha), float_attr("beta", activation.beta)});
    case Activation::Kind::leaky_relu:
      return unary("LeakyRelu", {float_attr("alpha", activation.alpha)});
    case Activation::Kind::tanh:
      return unary("Tanh");
    case Activation::Kind::gelu_erf:
      return unary("Gelu");
    case Activation::Kind::gelu_tanh:
      return unary("Gelu", {{"approximate", std::string("tanh")}});
    case Activation::Kind::clip: {
      const ValueId low = bound(activation.alpha);
      return node_like(model, "Clip", {x, low, bound(activation.beta)});
    }
    case Activation::Kind::relu:
    case Activation::Kind::none:
      break;
  }
  return unary("Relu");
}

/// A constant or dynamic 8-bit operand W with its scales along the channels.
struct Weight {
  ValueId value = ValueId::none;  ///< of the graph; a constant unless scales.size() == 1
  std::vector<double> scales;     ///< one, or one per channel
  std::vector<std::int32_t> zeros;
  DType dtype = DType::int8;
};

std::vector<double> all_elements(const Tensor& tensor) {
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(tensor.element_count()));
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    values.push_back(element_as_double(tensor, i).value_or(0.0));
  }
  return values;
}

/// The quantized form of `real`, whose channels lie on `axis` (of `rank`); nullopt when it has none
/// that the integer operators can use.
std::optional<Weight> weight_of(const Graph& graph, ValueId real, std::int64_t axis) {
  const Node* node = producer_of(graph, real, "DequantizeLinear");
  if (node == nullptr || graph.value(real).type.dtype != DType::float32) return std::nullopt;
  if (int_attribute(*node, "block_size", 0) != 0) return std::nullopt;
  Weight weight;
  weight.value = node->inputs[0];
  weight.dtype = graph.value(weight.value).type.dtype;
  if (weight.dtype != DType::int8 && weight.dtype != DType::uint8) return std::nullopt;
  const ValueId scale = node->inputs[1];
  const ValueId zero = input_of(*node, 2);
  if (!graph.is_constant(scale) || graph.value(scale).type.dtype != DType::float32) {
    return std::nullopt;
  }
  weight.scales = all_elements(*graph.value(scale).constant);
  weight.zeros.assign(weight.scales.size(), 0);
  if (zero != ValueId::none) {
    if (!graph.is_constant(zero)) return std::nullopt;
    const auto zeros = all_elements(*graph.value(zero).constant);
    if (zeros.size() != weight.scales.size()) return std::nullopt;
    for (std::size_t i = 0; i < zeros.size(); ++i) {
      weight.zeros[i] = static_cast<std::int32_t>(zeros[i]);
    }
  }
  if (!std::all_of(weight.scales.begin(), weight.scales.end(),
                   [](double s) { return std::isfinite(s); })) {
    return std::nullopt;
  }
  if (weight.scales.size() != 1) {
    const ValueType& type = graph.value(weight.value).type;
    if (!graph.is_constant(weight.value) || !type.ranked) return std::nullopt;
    const auto rank = static_cast<std::int64_t>(type.rank());
    std::int64_t at = int_attribute(*node, "axis", 1);
    if (at < 0) at += rank;
    if (at != axis) return std::nullopt;
  }
  return weight;
}

/// A bias as real numbers, or as integers whose scale is that of the sum.
struct Bias {
  bool present = false;
  std::vector<double> real;
  std::vector<std::int32_t> integer;
};

/// True when the operand runs along the last axis only.
bool is_row(const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  return shape.empty() || tensor.element_count() == 1 || shape.back() == tensor.element_count();
}

/// nullopt when the operand is neither a constant row nor made from one by DequantizeLinear.
std::optional<Bias> bias_of(const Graph& graph, ValueId id, const std::vector<double>& sum_scales) {
  Bias bias;
  if (id == ValueId::none) return bias;
  bias.present = true;
  if (graph.is_constant(id)) {
    if (!is_row(*graph.value(id).constant)) return std::nullopt;
    bias.real = all_elements(*graph.value(id).constant);
    return bias;
  }
  const Node* node = producer_of(graph, id, "DequantizeLinear");
  if (node == nullptr || int_attribute(*node, "block_size", 0) != 0) return std::nullopt;
  for (const ValueId input : node->inputs) {
    if (input != ValueId::none && !graph.is_constant(input)) return std::nullopt;
  }
  const Tensor& values = *graph.value(node->inputs[0]).constant;
  if (!is_row(values)) return std::nullopt;
  const auto integers = all_elements(values);
  const auto scales = all_elements(*graph.value(node->inputs[1]).constant);
  std::vector<double> zeros(scales.size(), 0.0);
  if (input_of(*node, 2) != ValueId::none) {
    zeros = all_elements(*graph.value(node->inputs[2]).constant);
  }
  if (zeros.size() != scales.size()) return std::nullopt;
  if (scales.size() != 1 && scales.size() != integers.size()) return std::nullopt;
  bool fits = values.dtype() == DType::int32;
  for (std::size_t i = 0; i < integers.size(); ++i) {
    const double scale = scales[scales.size() == 1 ? 0 : i];
    const double zero = zeros[scales.size() == 1 ? 0 : i];
    const double expected = sum_scales[sum_scales.size() == 1 ? 0 : i % sum_scales.size()];
    fits = fits && zero == 0.0 && nearly(scale, expected);
    bias.real.push_back((integers[i] - zero) * scale);
  }
  if (fits) {
    for (const double v : integers) bias.integer.push_back(static_cast<std::int32_t>(v));
  }
  return bias;
}

Tensor float_tensor(const std::vector<double>& values) {
  std::vector<float> floats;
  floats.reserve(values.size());
  for (const double v : values) floats.push_back(static_cast<float>(v));
  return Tensor::from_float(floats, Shape{static_cast<std::int64_t>(floats.size())});
}

Result<Tensor> int_tensor(const std::vector<std::int32_t>& values) {
  VERNIER_ASSIGN(Tensor tensor,
                 Tensor::allocate(DType::int32, Shape{static_cast<std::int64_t>(values.size())}));
  std::copy(values.begin(), values.end(), tensor.mutable_as<std::int32_t>());
  return tensor;
}

/// B' of a Gemm, transposed: [N, K] -> [K, N].
Result<Tensor> transposed(const Tensor& b, const PassContext& context) {
  VERNIER_ASSIGN(const Tensor aligned, b.to_aligned(context.budget));
  TensorView view = aligned.view();
  std::swap(view.shape[0], view.shape[1]);
  std::swap(view.strides[0], view.strides[1]);
  return Tensor::copy_of(view, context.budget);
}

/// Everything about a product on dequantized operands.
struct Product {
  Kind kind = Kind::none;
  QuantPoint x;
  std::vector<double> x_scales;  ///< depthwise: one per channel, x.scale is 1
  Weight weight;
  Bias bias;
  double alpha = 1.0;
  double beta = 1.0;
  bool transposed_weight = false;
  std::int64_t channels = 0;  ///< 0: one scale serves all
  std::optional<QuantPoint> residual;
};

/// True when output channel c is made from input channel c alone.
bool keeps_channels_apart(const Node& node, const ValueType& w, std::size_t channels) {
  const auto count = static_cast<std::int64_t>(channels);
  return kind_of(node) == Kind::conv && int_attribute(node, "group", 1) == count && w.rank() >= 3 &&
         w.dims[0] == Dim::known(count) && w.dims[1] == Dim::known(1);
}

/// Scales of the sums: of x times those of the weight.
std::vector<double> sum_scales_of(const Product& product) {
  std::vector<double> scales = product.weight.scales;
  if (scales.size() < product.x_scales.size()) {
    scales.resize(product.x_scales.size(), scales[0]);
  }
  for (std::size_t c = 0; c < scales.size(); ++c) {
    scales[c] *=
        product.x_scales.empty() ? static_cast<double>(product.x.scale) : product.x_scales[c];
  }
  return scales;
}

/// nullopt with a reason in `why` (empty when the operands are simply not quantized).
std::optional<Product> read_product(const Graph& graph, const Node& node, std::string_view& why) {
  Product product;
  product.kind = kind_of(node);
  const ValueType& w_type = graph.value(node.inputs[1]).type;
  if (!w_type.ranked) return std::nullopt;
  if (const auto x = dequantized(graph, node.inputs[0])) {
    product.x = *x;
  } else {
    const auto channels = dequantized_by_channel(graph, node.inputs[0]);
    if (!channels || !keeps_channels_apart(node, w_type, channels->scales.size()))
      return std::nullopt;
    product.x = channels->point;
    product.x_scales = channels->scales;
  }
  std::int64_t axis = 0;
  if (product.kind == Kind::gemm) {
    product.alpha = static_cast<double>(float_attribute(node, "alpha", 1.0F));
    product.beta = static_cast<double>(float_attribute(node, "beta", 1.0F));
    product.transposed_weight = int_attribute(node, "transB", 0) != 0;
    if (int_attribute(node, "transA", 0) != 0) {
      why = "the left operand is transposed";
      return std::nullopt;
    }
    axis = product.transposed_weight ? 0 : 1;
  } else if (product.kind == Kind::matmul) {
    if (w_type.rank() < 2) return std::nullopt;
    axis = static_cast<std::int64_t>(w_type.rank()) - 1;
  }
  auto weight = weight_of(graph, node.inputs[1], axis);
  if (!weight) {
    why = "the weight is not quantized along its output channels";
    return std::nullopt;
  }
  product.weight = *std::move(weight);
  const bool constant = graph.is_constant(product.weight.value);
  if (!constant && product.kind != Kind::matmul) {
    why = "the weight is not a constant";
    return std::nullopt;
  }
  const auto shape = graph.value(product.weight.value).type.shape();
  if (constant && shape) {
    product.channels = (*shape)[static_cast<std::size_t>(axis)];
    const std::int64_t products =
        product.kind == Kind::conv
            ? element_count(*shape) / std::max(product.channels, std::int64_t{1})
            : (*shape)[shape->size() - 1 - (axis == 0 ? 0 : 1)];
    if (products > kMostProducts) {
      why = "a sum of so many products does not fit 32 bits";
      return std::nullopt;
    }
  }
  std::vector<double> sum_scales = sum_scales_of(product);
  for (double& s : sum_scales) s *= product.alpha / product.beta;
  auto bias = bias_of(graph, input_of(node, kBiasInput), sum_scales);
  const bool fits = bias && (!bias->present || bias->real.size() == 1 ||
                             static_cast<std::int64_t>(bias->real.size()) == product.channels);
  if (!fits || (bias->present && product.channels == 0)) {
    why = "the bias is not a constant of one number per channel";
    return std::nullopt;
  }
  if (bias->real.size() == 1 && product.channels > 1) {
    bias->real.resize(static_cast<std::size_t>(product.channels), bias->real[0]);
    bias->integer.clear();
  }
  product.bias = *std::move(bias);
  if (input_of(node, kResidualInput) != ValueId::none) {
    product.residual = dequantized(graph, node.inputs[kResidualInput]);
  }
  return product;
}

/// The integer node of a product whose output has these scales (one, or one per channel);
/// `attributes` describe the output.
Result<Node> integer_node(const Graph& graph, const Node& node, const Product& product,
                          const std::vector<double>& y_scales, std::vector<Attribute> attributes,
                          Edit& edit, const PassContext& context) {
  std::vector<ValueId> inputs(kQuantOffset + 1, ValueId::none);
  inputs[kQuantX] = product.x.value;
  inputs[kQuantW] = product.weight.value;
  if (product.transposed_weight) {
    VERNIER_ASSIGN(Tensor turned, transposed(*graph.value(product.weight.value).constant, context));
    inputs[kQuantW] = edit.add_constant(node.name + ":weight", std::move(turned));
  }
  const auto y_scale = [&](std::size_t c) { return y_scales[y_scales.size() == 1 ? 0 : c]; };
  std::vector<double> scales = sum_scales_of(product);
  if (scales.size() < y_scales.size()) scales.resize(y_scales.size(), scales[0]);
  for (std::size_t c = 0; c < scales.size(); ++c) scales[c] *= product.alpha / y_scale(c);
  inputs[kQuantScale] = edit.add_constant(node.name + ":scale", float_tensor(scales));
  const std::int32_t usual = product.weight.dtype == DType::uint8 ? 128 : 0;
  if (std::any_of(product.weight.zeros.begin(), product.weight.zeros.end(),
                  [&](std::int32_t zero) { return zero != usual; })) {
    VERNIER_ASSIGN(Tensor zeros, int_tensor(product.weight.zeros));
    inputs[kQuantWZero] = edit.add_constant(node.name + ":w_zero", std::move(zeros));
  }
  if (!product.bias.integer.empty()) {
    VERNIER_ASSIGN(Tensor bias, int_tensor(product.bias.integer));
    inputs[kQuantBias] = edit.add_constant(node.name + ":bias", std::move(bias));
  } else if (product.bias.present) {
    std::vector<double> offsets = product.bias.real;
    for (std::size_t c = 0; c < offsets.size(); ++c) offsets[c] *= product.beta / y_scale(c);
    inputs[kQuantOffset] = edit.add_constant(node.name + ":offset", float_tensor(offsets));
  }
  if (product.residual) {
    inputs.resize(kQuantResidual + 1, ValueId::none);
    inputs[kQuantResidual] = product.residual->value;
    attributes.push_back(int_attr("residual_zero", product.residual->zero));
    const double factor = static_cast<double>(product.residual->scale) / y_scale(0);
    attributes.push_back(float_attr("residual_scale", static_cast<float>(factor)));
  }
  while (inputs.back() == ValueId::none) inputs.pop_back();
  if (product.kind == Kind::conv) {
    for (const Attribute& attribute : node.attributes) {
      if (attribute.name.rfind("activation", 0) != 0) attributes.push_back(attribute);
    }
  }
  attributes.push_back(int_attr("x_zero", product.x.zero));
  return node_like(node, product.kind == Kind::conv ? "QConv" : "QMatMul", std::move(inputs),
                   std::move(attributes), "vernier");
}

/// Conv, Gemm and MatMul on dequantized operands become integer operators: with the quantization of
/// their output where one follows directly, otherwise with a float output.
class FuseQuantSum final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_quant_sum"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext& context) const override {
    const Node& node = graph.node(id);
    if (kind_of(node) == Kind::none) return Match::none();
    std::string_view why;
    const auto product = read_product(graph, node, why);
    if (!product) return why.empty() ? Match::none() : Match::blocked(why);
    const auto range = clamp_range(activation_of(node));
    const Node* quantizer = only_quantizer(graph, node.outputs[0]);
    if (quantizer == nullptr && range) {
      auto match = with_channel_output(graph, id, *product, *range, context);
      if (!match || match->is_edit()) return match;
    }
    const bool float_residual =
        input_of(node, kResidualInput) != ValueId::none && !product->residual;
    if (quantizer == nullptr || !range || float_residual) {
      return with_float_output(graph, id, *product, context);
    }
    const QuantPoint y = *quantizes(graph, *quantizer);
    std::vector<Attribute> attributes;
    add_output_attributes(y, range->first, range->second, attributes);
    Edit edit(graph);
    VERNIER_ASSIGN(Node fused, integer_node(graph, node, *product, {static_cast<double>(y.scale)},
                                            std::move(attributes), edit, context));
    return Match(
        replace_anchor(graph, graph.value(y.value).producer, std::move(edit), std::move(fused)));
  }

 private:
  /// The output is quantized with a scale per channel, which the scales of the sums take up.
  static Result<Match> with_channel_output(const Graph& graph, NodeId id, const Product& product,
                                           std::pair<double, double> range,
                                           const PassContext& context) {
    const Node& node = graph.node(id);
    if (product.kind != Kind::conv || !graph.has_single_use(node.outputs[0]) ||
        input_of(node, kResidualInput) != ValueId::none) {
      return Match::none();
    }
    const NodeId user = graph.uses(node.outputs[0])[0];
    const auto y = quantizes_by_channel(graph, graph.node(user));
    if (!y || static_cast<std::int64_t>(y->scales.size()) != product.channels) {
      return Match::none();
    }
    std::vector<Attribute> attributes;
    QuantPoint channel = y->point;
    for (std::size_t c = 0; c < y->scales.size(); ++c) {
      channel.scale = static_cast<float>(y->scales[c]);
      std::vector<Attribute> own;
      add_output_attributes(channel, range.first, range.second, own);
      if (c > 0 && !same_attributes(own, attributes)) {
        return Match::blocked("the clamp differs from channel to channel");
      }
      attributes = std::move(own);
    }
    Edit edit(graph);
    VERNIER_ASSIGN(Node fused, integer_node(graph, node, product, y->scales, std::move(attributes),
                                            edit, context));
    return Match(replace_anchor(graph, user, std::move(edit), std::move(fused)));
  }

  /// A float residual or an activation that does not clamp comes apart again.
  static Result<Match> with_float_output(const Graph& graph, NodeId id, const Product& product,
                                         const PassContext& context) {
    const Node& node = graph.node(id);
    const Activation activation = activation_of(node);
    const auto range = clamp_range(activation);
    const ValueId residual = product.residual ? ValueId::none : input_of(node, kResidualInput);
    const bool clamps = range.has_value() && residual == ValueId::none;
    std::vector<Attribute> attributes = {
        int_attr("y_dtype", static_cast<std::int64_t>(DType::float32))};
    if (clamps && std::isfinite(range->first)) {
      attributes.push_back(float_attr("y_min", static_cast<float>(range->first)));
    }
    if (clamps && std::isfinite(range->second)) {
      attributes.push_back(float_attr("y_max", static_cast<float>(range->second)));
    }
    Edit edit(graph);
    VERNIER_ASSIGN(Node fused,
                   integer_node(graph, node, product, {1.0}, std::move(attributes), edit, context));
    ValueId y = edit.add_node(std::move(fused));
    if (residual != ValueId::none) {
      VERNIER_ASSIGN(Node add, node_like(node, "Add", {y, residual}));
      y = edit.add_node(std::move(add));
    }
    if (!clamps && activation.kind != Activation::Kind::none) {
      VERNIER_ASSIGN(Node act, activation_node(node, activation, y, edit));
      y = edit.add_node(std::move(act));
    }
    edit.replace(node.outputs[0], y);
    edit.remove(id);
    return Match(std::move(edit));
  }
};

}  // namespace

const Pass& fuse_quant_sum_pass() {
  static const FuseQuantSum pass;
  return pass;
}

}  // namespace vernier
