#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/edit.h"
#include "graph/graph.h"
#include "ops/quantized.h"

namespace vernier {

/// Read-only helpers for recognising quantized tensors, and what builds the integer operators.

/// A uint8 or int8 tensor and what it means: real = scale * (integer - zero). One scale for all.
struct QuantPoint {
  ValueId value = ValueId::none;
  DType dtype = DType::uint8;
  float scale = 1.0F;
  std::int32_t zero = 0;
};
/// Equal meaning, whatever the tensor.
bool same_quantization(const QuantPoint& a, const QuantPoint& b);

/// What `real`, a float32 value made by DequantizeLinear, stands for; nullopt when it is made by
/// something else, per axis, from other integers, or with a scale that is no positive constant.
std::optional<QuantPoint> dequantized(const Graph& graph, ValueId real);
/// What a QuantizeLinear node of float32 makes (value: its output), under the same conditions.
std::optional<QuantPoint> quantizes(const Graph& graph, const Node& node);
/// The same with one scale per channel (axis 1), but one zero point; `scale` is then 1.
struct ChannelQuantPoint {
  QuantPoint point;
  std::vector<double> scales;
};
std::optional<ChannelQuantPoint> dequantized_by_channel(const Graph& graph, ValueId real);
std::optional<ChannelQuantPoint> quantizes_by_channel(const Graph& graph, const Node& node);
/// The QuantizeLinear node that is the only reader of `real`, if it is one that quantizes() knows.
const Node* only_quantizer(const Graph& graph, ValueId real);

/// The least and the largest integer of uint8 or int8.
std::int32_t lowest_of(DType dtype);
std::int32_t highest_of(DType dtype);
/// The integer that QuantizeLinear gives for one real number.
std::int32_t quantized_value(double real, const QuantPoint& to);

/// Operators that only move elements of input 0, or choose among them in a way that a monotonous
/// function does not change (MaxPool): they give the same on integers as on real values.
bool moves_elements(const Node& node);

/// Bounds of a Relu or Clip with constant bounds, as real numbers; nullopt for other nodes.
std::optional<std::pair<double, double>> clamp_of(const Graph& graph, const Node& node);
/// A Relu, or a Clip from 0 to a constant or without end.
bool clips_at_zero(const Graph& graph, const Node& node);

/// The attributes that describe an output: type, zero point and, when the real values are clamped
/// to [low, high], the clamp in the output's integers (exact, because rounding is monotonous).
void add_output_attributes(const QuantPoint& y, double low, double high,
                           std::vector<Attribute>& attributes);

/// A tensor of 256 bytes.
using ByteTable = std::vector<std::uint8_t>;
Tensor table_tensor(const ByteTable& table, DType dtype);
/// table[x] for every byte x: from one quantization to another.
ByteTable requantizing_table(const QuantPoint& from, const QuantPoint& to);

Attribute int_attr(std::string name, std::int64_t value);
Attribute float_attr(std::string name, float value);

}  // namespace vernier
