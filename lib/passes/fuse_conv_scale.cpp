#include <array>
#include <cmath>
#include <variant>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// y[c] = scale[c] * x[c] + shift[c] behind a linear operator.
struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

/// Where the output channels of a Conv, ConvTranspose or Gemm are in its weight, which is read as
/// [outer, channels, inner] with channel = group base + index for ConvTranspose.
struct WeightLayout {
  std::int64_t channels = 0;  ///< of the output
  std::int64_t rank = 0;      ///< of the output
  std::int64_t outer = 1;
  std::int64_t middle = 0;
  std::int64_t inner = 1;
  std::int64_t outer_per_group = 0;  ///< ConvTranspose: input channels of a group; 0 elsewhere

  [[nodiscard]] std::int64_t channel(std::int64_t o, std::int64_t m) const {
    return outer_per_group > 0 ? o / outer_per_group * middle + m : m;
  }
};

bool is_linear(const Node* node) {
  return node != nullptr && (node->is("Conv") || node->is("ConvTranspose") || node->is("Gemm"));
}

std::optional<WeightLayout> layout_of(const Node& node, const Tensor& weight) {
  const Shape& shape = weight.shape();
  WeightLayout layout;
  layout.rank = static_cast<std::int64_t>(shape.size());
  if (node.is("Gemm")) {
    if (shape.size() != 2) return std::nullopt;
    const bool transposed = int_attribute(node, "transB", 0) != 0;
    layout.middle = layout.channels = shape[transposed ? 0 : 1];
    (transposed ? layout.inner : layout.outer) = shape[transposed ? 1 : 0];
    return layout;
  }
  if (shape.size() < 3) return std::nullopt;
  for (std::size_t i = 2; i < shape.size(); ++i) layout.inner *= shape[i];
  if (node.is("Conv")) {
    layout.middle = layout.channels = shape[0];
    layout.inner *= shape[1];
    return layout;
  }
  const std::int64_t group = int_attribute(node, "group", 1);
  if (group < 1 || shape[0] % group != 0 || shape[0] == 0) return std::nullopt;
  layout.outer = shape[0];
  layout.middle = shape[1];
  layout.channels = shape[1] * group;
  layout.outer_per_group = shape[0] / group;
  return layout;
}

/// `channels` values of a constant that broadcasts along the channel axis (axis 1) only.
std::optional<std::vector<double>> per_channel(const Tensor& tensor, const WeightLayout& layout) {
  const auto rank = static_cast<std::int64_t>(tensor.shape().size());
  if (rank > layout.rank) return std::nullopt;
  const std::int64_t axis = rank - (layout.rank - 1);
  for (std::int64_t i = 0; i < rank; ++i) {
    const std::int64_t dim = tensor.shape()[static_cast<std::size_t>(i)];
    if (dim != 1 && (i != axis || dim != layout.channels)) return std::nullopt;
  }
  const std::int64_t count = tensor.element_count();
  if (count != 1 && count != layout.channels) return std::nullopt;
  std::vector<double> values;
  for (std::int64_t c = 0; c < layout.channels; ++c) {
    const auto value = element_as_double(tensor, count == 1 ? 0 : c);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

template <class T>
void scale_weight(const WeightLayout& layout, const Affine& affine, const T* src, T* dst) {
  std::int64_t at = 0;
  for (std::int64_t o = 0; o < layout.outer; ++o) {
    for (std::int64_t m = 0; m < layout.middle; ++m) {
      const double scale = affine.scale[static_cast<std::size_t>(layout.channel(o, m))];
      for (std::int64_t i = 0; i < layout.inner; ++i, ++at) {
        dst[at] = static_cast<T>(static_cast<double>(src[at]) * scale);
      }
    }
  }
}

Result<Tensor> scaled_weight(const WeightLayout& layout, const Affine& affine, const Tensor& weight,
                             const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const Tensor src, weight.to_aligned(budget));
  VERNIER_ASSIGN(Tensor dst, Tensor::allocate(src.dtype(), src.shape(), budget));
  if (src.dtype() == DType::float32) {
    scale_weight(layout, affine, src.as<float>(), dst.mutable_as<float>());
  } else {
    scale_weight(layout, affine, src.as<double>(), dst.mutable_as<double>());
  }
  weight.drop_pages();  // nothing reads the file's copy again
  return dst;
}

Result<Tensor> bias_tensor(DType dtype, const std::vector<double>& values,
                           const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(Tensor bias,
                 Tensor::allocate(dtype, Shape{static_cast<std::int64_t>(values.size())}, budget));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (dtype == DType::float32) {
      bias.mutable_as<float>()[i] = static_cast<float>(values[i]);
    } else {
      bias.mutable_as<double>()[i] = values[i];
    }
  }
  return bias;
}

bool all_finite(const std::vector<double>& values) {
  for (const double value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

/// What the linear operator's weight and bias allow, checked before anything is computed.
struct Target {
  const Node* node = nullptr;
  WeightLayout layout;
  std::vector<double> bias;  ///< per channel, zeros when there is none
};

/// The linear operator that makes `id`, or a Match that says why it does not serve.
std::variant<Target, Match> find_target(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (!is_linear(node)) return Match::none();
  const ValueId weight_id = node->inputs[1];
  if (!graph.is_constant(weight_id)) return Match::blocked("the weight is not constant");
  const Tensor& weight = *graph.value(weight_id).constant;
  if (weight.dtype() != DType::float32 && weight.dtype() != DType::float64) {
    return Match::blocked("the weight is not float or double");
  }
  const auto layout = layout_of(*node, weight);
  if (!layout) return Match::none();
  Target target{node, *layout, {}};
  const ValueId bias_id = input_of(*node, 2);
  if (bias_id == ValueId::none) {
    target.bias.assign(static_cast<std::size_t>(layout->channels), 0.0);
  } else {
    if (!graph.is_constant(bias_id)) return Match::blocked("the bias is not constant");
    const Tensor& bias = *graph.value(bias_id).constant;
    WeightLayout flat = *layout;
    if (!node->is("Gemm")) flat.rank = 2;  // a 1-D bias runs along the channels
    auto values = per_channel(bias, flat);
    if (!values) return Match::blocked("the bias differs between rows");
    target.bias = *std::move(values);
    if (node->is("Gemm")) {
      const auto beta = static_cast<double>(float_attribute(*node, "beta", 1.0F));
      for (double& value : target.bias) value *= beta;
    }
  }
  return target;
}

/// Replaces `anchor`, which applies `affine` to the target's output, by the target with other
/// constants.
Result<Match> rewrite(const Graph& graph, NodeId anchor, const Target& target, const Affine& affine,
                      const PassContext& context) {
  const Node& node = *target.node;
  if (!graph.has_single_use(node.outputs[0])) {
    return Match::blocked("the convolution's output has other uses");
  }
  std::vector<double> bias;
  for (std::size_t c = 0; c < target.bias.size(); ++c) {
    bias.push_back(target.bias[c] * affine.scale[c] + affine.shift[c]);
  }
  if (!all_finite(affine.scale) || !all_finite(bias)) {
    return Match::blocked("the factors are not finite");
  }
  Edit edit(graph);
  ValueId weight_id = node.inputs[1];
  const Tensor& weight = *graph.value(weight_id).constant;
  bool scales = false;
  for (const double value : affine.scale) scales = scales || value != 1.0;
  if (scales) {
    VERNIER_ASSIGN(Tensor scaled, scaled_weight(target.layout, affine, weight, context.budget));
    weight_id = edit.add_constant(graph.value(weight_id).name, std::move(scaled));
  }
  VERNIER_ASSIGN(Tensor shifted, bias_tensor(weight.dtype(), bias, context.budget));
  const ValueId bias_id = edit.add_constant(node.name + ".bias", std::move(shifted));
  std::vector<Attribute> attributes;
  for (const Attribute& attribute : node.attributes) {
    if (attribute.name != "beta") attributes.push_back(attribute);
  }
  VERNIER_ASSIGN(Node folded, node_like(node, node.op->name, {node.inputs[0], weight_id, bias_id},
                                        std::move(attributes)));
  return Match(replace_anchor(graph, anchor, std::move(edit), std::move(folded)));
}

/// Conv, ConvTranspose or Gemm followed by BatchNormalization (inference) -> the former alone.
class FuseConvBatchNorm final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_conv_batch_norm"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext& context) const override {
    const Node& norm = graph.node(id);
    if (!norm.is("BatchNormalization") || int_attribute(norm, "training_mode", 0) != 0) {
      return Match::none();
    }
    auto found = find_target(graph, norm.inputs[0]);
    if (Match* match = std::get_if<Match>(&found)) return std::move(*match);
    const Target& target = *std::get_if<Target>(&found);
    WeightLayout flat = target.layout;
    flat.rank = 2;
    std::array<std::vector<double>, 4> values;  // scale, bias, mean, variance
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!graph.is_constant(norm.inputs[i + 1])) {
        return Match::blocked("the normalisation's parameters are not constant");
      }
      auto list = per_channel(*graph.value(norm.inputs[i + 1]).constant, flat);
      if (!list) return Match::none();
      values[i] = *std::move(list);
    }
    const auto epsilon = static_cast<double>(float_attribute(norm, "epsilon", 1e-5F));
    Affine affine;
    for (std::size_t c = 0; c < values[0].size(); ++c) {
      const double scale = values[0][c] / std::sqrt(values[3][c] + epsilon);
      affine.scale.push_back(scale);
      affine.shift.push_back(values[1][c] - values[2][c] * scale);
    }
    return rewrite(graph, id, target, affine, context);
  }
};

/// Conv, ConvTranspose or Gemm followed by Mul, Div, Add or Sub with per-channel constants.
class FuseConvScale final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_conv_scale"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext& context) const override {
    const Node& node = graph.node(id);
    const bool known = node.is("Mul") || node.is("Div") || node.is("Add") || node.is("Sub");
    if (!known) return Match::none();
    const std::size_t side = graph.is_constant(node.inputs[1]) ? 1 : 0;
    const ValueId constant = node.inputs[side];
    if (!graph.is_constant(constant) || !is_linear(producer_of(graph, node.inputs[1 - side]))) {
      return Match::none();
    }
    if (node.is("Div") && side == 0) return Match::none();
    auto found = find_target(graph, node.inputs[1 - side]);
    if (Match* match = std::get_if<Match>(&found)) return std::move(*match);
    const Target& target = *std::get_if<Target>(&found);
    const auto values = per_channel(*graph.value(constant).constant, target.layout);
    if (!values) return Match::blocked("the constant is not one value for each channel");
    Affine affine;
    for (const double value : *values) {
      if (node.is("Mul") || node.is("Div")) {
        affine.scale.push_back(node.is("Mul") ? value : 1.0 / value);
        affine.shift.push_back(0.0);
      } else {
        affine.scale.push_back(node.is("Sub") && side == 0 ? -1.0 : 1.0);
        affine.shift.push_back(node.is("Sub") && side == 1 ? -value : value);
      }
    }
    return rewrite(graph, id, target, affine, context);
  }
};

}  // namespace

const Pass& fuse_conv_batch_norm_pass() {
  static const FuseConvBatchNorm pass;
  return pass;
}

const Pass& fuse_conv_scale_pass() {
  static const FuseConvScale pass;
  return pass;
}

}  // namespace vernier
