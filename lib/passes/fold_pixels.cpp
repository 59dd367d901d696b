#include "passes/fold_pixels.h"

#include <algorithm>
#include <optional>

#include "graph/edit.h"
#include "graph/infer.h"
#include "ops/add.h"
#include "ops/cast.h"
#include "ops/conv.h"
#include "ops/mul.h"
#include "ops/transpose.h"

namespace vernier {
namespace {

constexpr const char* kName = "pixels";  ///< of what is added
constexpr int kLeastOpset = 13;

constexpr std::size_t kChannels = 3;
constexpr std::int64_t kFloat = 1;  // of onnx.TensorProto.DataType

bool all_are(const std::array<double, 3>& values, double value) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == value; });
}

bool is_padded(const ConvParams& params) {
  if (params.auto_pad == AutoPad::same_upper || params.auto_pad == AutoPad::same_lower) return true;
  return params.auto_pad == AutoPad::notset &&
         std::any_of(params.pads.begin(), params.pads.end(), [](auto pad) { return pad != 0; });
}

/// Weights scaled by input channel, and what the offsets add to each output channel.
struct ScaledWeights {
  Tensor weights;
  std::vector<double> shift;
};

Result<ScaledWeights> scale_weights(const Tensor& weights, std::int64_t groups,
                                    const PixelScale& scale,
                                    const std::shared_ptr<MemoryBudget>& budget) {
  ScaledWeights scaled;
  VERNIER_ASSIGN(scaled.weights, Tensor::copy_of(weights.view(), budget));
  const auto outputs = static_cast<std::size_t>(weights.shape()[0]);
  const auto inputs = static_cast<std::size_t>(weights.shape()[1]);
  const std::size_t taps = static_cast<std::size_t>(weights.element_count()) /
                           std::max<std::size_t>(outputs * inputs, 1);
  const std::size_t per_group =
      std::max<std::size_t>(outputs / static_cast<std::size_t>(groups), 1);
  scaled.shift.assign(outputs, 0.0);
  auto* values = scaled.weights.mutable_as<float>();
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      const std::size_t channel = o / per_group * inputs + i;
      for (std::size_t t = 0; t < taps; ++t) {
        float& weight = values[(o * inputs + i) * taps + t];
        scaled.shift[o] += static_cast<double>(weight) * scale.offset[channel];
        weight = static_cast<float>(static_cast<double>(weight) * scale.factor[channel]);
      }
    }
  }
  return scaled;
}

class Folding {
 public:
  Folding(Graph& graph, std::size_t input, const PixelScale& scale, PictureLayout layout,
          std::shared_ptr<MemoryBudget> budget)
      : graph_(graph),
        port_(graph.inputs[input]),
        old_(port_.value),
        scale_(scale),
        layout_(layout),
        budget_(std::move(budget)),
        adder_(graph) {
    adder_.set_opset(std::max(adder_.opset(), kLeastOpset));
  }

  Result<std::vector<std::string>> run() {
    const std::vector<NodeId> convs = foldable();
    const bool has_offset = !all_are(scale_.offset, 0.0);
    const bool padded = std::any_of(convs.begin(), convs.end(), [&](NodeId id) {
      return is_padded(params_as<ConvParams>(graph_.node(id)));
    });
    VERNIER_ASSIGN(ValueId value, unpack());
    if (convs.empty()) {
      if (!all_are(scale_.factor, 1.0)) {
        VERNIER_ASSIGN(value, add(mul_op, {value, constant(scale_.factor)}));
        notes_.emplace_back("Mul: the factors of the channels");
      }
      if (has_offset) {
        VERNIER_ASSIGN(value, add(add_op, {value, constant(scale_.offset)}));
        notes_.emplace_back("Add: their offsets");
      }
    } else if (has_offset && padded) {
      // Padding is 0 behind the offset, so that stays in front of the convolution.
      std::array<double, 3> before{};
      for (std::size_t c = 0; c < kChannels; ++c) before[c] = scale_.offset[c] / scale_.factor[c];
      VERNIER_ASSIGN(value, add(add_op, {value, constant(before)}));
      notes_.emplace_back("Add: the offsets of the channels, since the convolution pads");
    }
    graph_.replace_uses(old_, value);
    for (const NodeId id : convs) VERNIER_TRY(fold_into(id, has_offset && !padded));
    port_.value = pixels_;
    return std::move(notes_);
  }

 private:
  /// The convolutions that alone read the input; none: something else reads it.
  [[nodiscard]] std::vector<NodeId> foldable() const {
    if (layout_ == PictureLayout::channels_last || graph_.is_output(old_)) return {};
    if (!std::all_of(scale_.factor.begin(), scale_.factor.end(), [](double f) { return f != 0; })) {
      return {};
    }
    std::vector<NodeId> convs;
    for (const NodeId id : graph_.uses(old_)) {
      const Node& node = graph_.node(id);
      if (!node.is("Conv") || node.inputs[0] != old_ || !is_plain(node, 1)) return {};
      const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != ValueId::none;
      if (has_bias && !is_plain(node, 2)) return {};
      convs.push_back(id);
    }
    return convs;
  }

  [[nodiscard]] bool is_plain(const Node& node, std::size_t slot) const {
    const auto& tensor = graph_.value(node.inputs[slot]).constant;
    return tensor && tensor->dtype() == DType::float32 && tensor->aligned();
  }

  Result<ValueId> add(const OpDef& op, std::vector<ValueId> inputs,
                      std::vector<Attribute> attributes = {}) {
    return adder_.node(&op, kName, kName, std::move(inputs), std::move(attributes));
  }

  ValueId constant(const std::array<double, 3>& values) {
    const bool same = all_are(values, values[0]);
    std::vector<float> floats(same ? 1 : kChannels);
    std::transform(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(floats.size()),
                   floats.begin(), [](double value) { return static_cast<float>(value); });
    const Shape shape = same                                       ? Shape{}
                        : layout_ == PictureLayout::channels_first ? Shape{1, 3, 1, 1}
                                                                   : Shape{3};
    return adder_.constant(kName, Tensor::from_float(floats, shape));
  }

  /// The new input as floats in the layout of the old one.
  Result<ValueId> unpack() {
    ValueType type = graph_.value(old_).type;
    type.dtype = DType::uint8;
    if (layout_ == PictureLayout::channels_first) {
      std::rotate(type.dims.begin() + 1, type.dims.begin() + 2, type.dims.end());
    }
    graph_.rename(old_, adder_.value_name(kName));
    pixels_ = graph_.add_value(port_.name, type);
    notes_.push_back("input '" + port_.name + "' is " + to_string(type));
    VERNIER_ASSIGN(ValueId value, add(cast_op, {pixels_}, {{"to", kFloat}}));
    if (layout_ == PictureLayout::channels_first) {
      VERNIER_ASSIGN(value,
                     add(transpose_op, {value}, {{"perm", std::vector<std::int64_t>{0, 3, 1, 2}}}));
    }
    return value;
  }

  Result<void> fold_into(NodeId id, bool with_offset) {
    const Node& node = graph_.node(id);
    const std::string what = "'" + node.name + "' (Conv): ";
    const Tensor weights = *graph_.value(node.inputs[1]).constant;
    VERNIER_ASSIGN(ScaledWeights scaled,
                   scale_weights(weights, params_as<ConvParams>(node).group, scale_, budget_));
    std::optional<Tensor> bias;
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != ValueId::none;
    if (has_bias) bias = *graph_.value(node.inputs[2]).constant;
    graph_.set_input(id, 1, adder_.constant(kName, std::move(scaled.weights)));
    notes_.push_back(what + (with_offset ? "its weights and bias take the scale"
                                         : "its weights take the factors"));
    if (!with_offset) return {};
    std::vector<float> shifted;
    for (std::size_t o = 0; o < scaled.shift.size(); ++o) {
      const double before = bias ? static_cast<double>(bias->as<float>()[o]) : 0.0;
      shifted.push_back(static_cast<float>(before + scaled.shift[o]));
    }
    const Shape shape{static_cast<std::int64_t>(shifted.size())};
    const ValueId fresh = adder_.constant(kName, Tensor::from_float(shifted, shape));
    if (has_bias) {
      graph_.set_input(id, 2, fresh);
      return {};
    }
    return replace_conv(id, fresh);
  }

  /// A convolution that had no bias is made anew with one.
  Result<void> replace_conv(NodeId id, ValueId bias) {
    Node node = graph_.node(id);
    node.inputs.resize(2);
    node.inputs.push_back(bias);
    const ValueId output = node.outputs[0];
    const Value before = graph_.value(output);
    const ValueId made = graph_.add_value(before.name, before.type);
    node.outputs = {made};
    graph_.replace_uses(output, made);
    graph_.remove_node(id);
    graph_.rename(output, adder_.value_name(kName));
    graph_.add_node(std::move(node));
    return {};
  }

  Graph& graph_;
  Port& port_;
  ValueId old_;
  ValueId pixels_ = ValueId::none;
  const PixelScale& scale_;
  PictureLayout layout_;
  std::shared_ptr<MemoryBudget> budget_;
  NodeAdder adder_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<PictureLayout> picture_layout(const std::string& name, const ValueType& type) {
  if (type.dtype == DType::float32 && type.ranked && type.rank() == 4) {
    if (type.dims[1].value == 3) return PictureLayout::channels_first;
    if (type.dims[3].value == 3) return PictureLayout::channels_last;
  }
  return unsupported("input '" + name + "' is " + to_string(type) +
                         "; pictures fold into float[N,3,H,W] or float[N,H,W,3]",
                     "E-CONVERT-PREPROCESS");
}

Result<std::vector<std::string>> fold_pixels(Graph& graph, std::size_t input,
                                             const PixelScale& scale,
                                             const std::shared_ptr<MemoryBudget>& budget) {
  const Port& port = graph.inputs[input];
  VERNIER_ASSIGN(const PictureLayout layout,
                 picture_layout(port.name, graph.value(port.value).type));
  VERNIER_ASSIGN(auto notes, Folding(graph, input, scale, layout, budget).run());
  remove_dead(graph);
  VERNIER_TRY(infer_types(graph));
  return notes;
}

}  // namespace vernier
