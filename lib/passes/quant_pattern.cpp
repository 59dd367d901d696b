#include "passes/quant_pattern.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "passes/pattern.h"

namespace vernier {
namespace {

bool is_byte(DType dtype) { return dtype == DType::uint8 || dtype == DType::int8; }

/// Scale and zero point operands 1 and 2 of Q or DQ, one of each.
bool read_scale(const Graph& graph, const Node& node, QuantPoint& point) {
  if (int_attribute(node, "block_size", 0) != 0) return false;
  const ValueId scale_id = input_of(node, 1);
  const auto scale = scalar_constant(graph, scale_id);
  if (!scale || graph.value(scale_id).type.dtype != DType::float32) return false;
  if (!std::isfinite(*scale) || !(*scale > 0.0)) return false;
  point.scale = static_cast<float>(*scale);
  point.zero = 0;
  if (input_of(node, 2) == ValueId::none) return true;
  const auto zero = scalar_constant(graph, node.inputs[2]);
  if (!zero) return false;
  point.zero = static_cast<std::int32_t>(*zero);
  return true;
}

}  // namespace

bool same_quantization(const QuantPoint& a, const QuantPoint& b) {
  return a.dtype == b.dtype && a.scale == b.scale && a.zero == b.zero;
}

std::optional<QuantPoint> dequantized(const Graph& graph, ValueId real) {
  const Node* node = producer_of(graph, real, "DequantizeLinear");
  if (node == nullptr || graph.value(real).type.dtype != DType::float32) return std::nullopt;
  QuantPoint point;
  point.value = node->inputs[0];
  point.dtype = graph.value(point.value).type.dtype;
  if (!is_byte(point.dtype) || !read_scale(graph, *node, point)) return std::nullopt;
  return point;
}

std::optional<QuantPoint> quantizes(const Graph& graph, const Node& node) {
  if (!node.is("QuantizeLinear") || graph.value(node.inputs[0]).type.dtype != DType::float32) {
    return std::nullopt;
  }
  QuantPoint point;
  point.value = node.outputs[0];
  point.dtype = graph.value(point.value).type.dtype;
  const std::int64_t precision = int_attribute(node, "precision", 0);
  if (precision != 0 && precision != static_cast<std::int64_t>(DType::float32)) return std::nullopt;
  if (!is_byte(point.dtype) || !read_scale(graph, node, point)) return std::nullopt;
  return point;
}

namespace {

/// Operands 1 and 2 of Q or DQ along axis 1.
std::optional<ChannelQuantPoint> read_channels(const Graph& graph, const Node& node) {
  const ValueId scale = input_of(node, 1);
  const ValueId zero = input_of(node, 2);
  if (int_attribute(node, "block_size", 0) != 0 || int_attribute(node, "axis", 1) != 1) {
    return std::nullopt;
  }
  if (!graph.is_constant(scale) || graph.value(scale).type.dtype != DType::float32) {
    return std::nullopt;
  }
  ChannelQuantPoint result;
  const Tensor& scales = *graph.value(scale).constant;
  if (scales.shape().size() != 1) return std::nullopt;
  for (std::int64_t i = 0; i < scales.element_count(); ++i) {
    const double s = element_as_double(scales, i).value_or(0.0);
    if (!std::isfinite(s) || !(s > 0.0)) return std::nullopt;
    result.scales.push_back(s);
  }
  if (zero == ValueId::none) return result;
  if (!graph.is_constant(zero)) return std::nullopt;
  const Tensor& zeros = *graph.value(zero).constant;
  for (std::int64_t i = 0; i < zeros.element_count(); ++i) {
    const auto z = static_cast<std::int32_t>(element_as_double(zeros, i).value_or(0.0));
    if (i > 0 && z != result.point.zero) return std::nullopt;
    result.point.zero = z;
  }
  return result;
}

}  // namespace

std::optional<ChannelQuantPoint> dequantized_by_channel(const Graph& graph, ValueId real) {
  const Node* node = producer_of(graph, real, "DequantizeLinear");
  if (node == nullptr || graph.value(real).type.dtype != DType::float32) return std::nullopt;
  auto result = read_channels(graph, *node);
  if (!result) return std::nullopt;
  result->point.value = node->inputs[0];
  result->point.dtype = graph.value(node->inputs[0]).type.dtype;
  return is_byte(result->point.dtype) ? result : std::nullopt;
}

std::optional<ChannelQuantPoint> quantizes_by_channel(const Graph& graph, const Node& node) {
  if (!node.is("QuantizeLinear") || graph.value(node.inputs[0]).type.dtype != DType::float32) {
    return std::nullopt;
  }
  const std::int64_t precision = int_attribute(node, "precision", 0);
  if (precision != 0 && precision != static_cast<std::int64_t>(DType::float32)) return std::nullopt;
  auto result = read_channels(graph, node);
  if (!result) return std::nullopt;
  result->point.value = node.outputs[0];
  result->point.dtype = graph.value(node.outputs[0]).type.dtype;
  return is_byte(result->point.dtype) ? result : std::nullopt;
}

const Node* only_quantizer(const Graph& graph, ValueId real) {
  if (!graph.has_single_use(real)) return nullptr;
  const Node& user = graph.node(graph.uses(real)[0]);
  return user.inputs[0] == real && quantizes(graph, user) ? &user : nullptr;
}

std::int32_t lowest_of(DType dtype) { return dtype == DType::int8 ? -128 : 0; }
std::int32_t highest_of(DType dtype) { return dtype == DType::int8 ? 127 : 255; }

std::int32_t quantized_value(double real, const QuantPoint& to) {
  const float rounded = std::nearbyint(static_cast<float>(real) / to.scale);
  const double shifted = static_cast<double>(rounded) + to.zero;
  return static_cast<std::int32_t>(std::clamp(shifted, static_cast<double>(lowest_of(to.dtype)),
                                              static_cast<double>(highest_of(to.dtype))));
}

bool moves_elements(const Node& node) {
  constexpr std::string_view kMovers[] = {
      "Reshape", "Transpose",    "Squeeze",      "Unsqueeze",     "Flatten", "Slice",
      "Split",   "DepthToSpace", "SpaceToDepth", "Expand",        "Gather",  "MaxPool",
      "Tile",    "Resize",       "GatherND",     "GatherElements"};
  if (!node.op->domain.empty() || node.captured != 0) return false;
  if (std::find(std::begin(kMovers), std::end(kMovers), node.op->name) == std::end(kMovers)) {
    return false;
  }
  if (node.is("MaxPool")) return node.outputs.size() == 1;  // no indices
  if (node.is("Resize")) {
    return string_attribute(node, "mode", "nearest") == "nearest" &&
           string_attribute(node, "coordinate_transformation_mode", "half_pixel") !=
               "tf_crop_and_resize";
  }
  return true;
}

std::optional<std::pair<double, double>> clamp_of(const Graph& graph, const Node& node) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (node.is("Relu")) return std::pair{0.0, kInfinity};
  if (!node.is("Clip")) return std::nullopt;
  std::pair<double, double> range{-kInfinity, kInfinity};
  for (std::size_t i = 1; i <= 2; ++i) {
    if (input_of(node, i) == ValueId::none) continue;
    const auto bound = scalar_constant(graph, node.inputs[i]);
    if (!bound || std::isnan(*bound)) return std::nullopt;
    (i == 1 ? range.first : range.second) = *bound;
  }
  if (range.first > range.second) return std::nullopt;
  return range;
}

bool clips_at_zero(const Graph& graph, const Node& node) {
  const auto range = clamp_of(graph, node);
  return range && range->first == 0.0;
}

void add_output_attributes(const QuantPoint& y, double low, double high,
                           std::vector<Attribute>& attributes) {
  attributes.push_back(int_attr("y_dtype", static_cast<std::int64_t>(y.dtype)));
  attributes.push_back(int_attr("y_zero", y.zero));
  const std::int32_t least = quantized_value(low, y);
  const std::int32_t most = quantized_value(high, y);
  if (least != lowest_of(y.dtype)) attributes.push_back(int_attr("y_low", least));
  if (most != highest_of(y.dtype)) attributes.push_back(int_attr("y_high", most));
}

Tensor table_tensor(const ByteTable& table, DType dtype) {
  auto bytes = std::make_shared<const ByteTable>(table);
  const auto* data = reinterpret_cast<const std::byte*>(bytes->data());
  return Tensor::borrow(dtype, Shape{static_cast<std::int64_t>(table.size())}, data, bytes);
}

ByteTable requantizing_table(const QuantPoint& from, const QuantPoint& to) {
  ByteTable table;
  for (int byte = 0; byte < 256; ++byte) {
    const int value = from.dtype == DType::int8 && byte > 127 ? byte - 256 : byte;
    const float real = static_cast<float>(value - from.zero) * from.scale;
    table.push_back(static_cast<std::uint8_t>(quantized_value(static_cast<double>(real), to)));
  }
  return table;
}

Attribute int_attr(std::string name, std::int64_t value) { return {std::move(name), value}; }
Attribute float_attr(std::string name, float value) { return {std::move(name), value}; }

}  // namespace vernier
