#include "ops/quantized.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr DTypeSet kBytes = dtype_set(DType::uint8, DType::int8);
constexpr std::int64_t kTableSize = 256;
constexpr std::int32_t kMostMid = 255;

struct ByteRange {
  std::int32_t low;
  std::int32_t high;
};
constexpr ByteRange range_of(DType dtype) {
  return dtype == DType::int8 ? ByteRange{-128, 127} : ByteRange{0, 255};
}

Result<std::int32_t> parse_int(AttrReader& attributes, std::string_view name, std::int32_t fallback,
                               std::int32_t low, std::int32_t high) {
  VERNIER_ASSIGN(const std::int64_t value, attributes.get_int_in(name, fallback, low, high));
  return static_cast<std::int32_t>(value);
}

/// An optional operand with one element per channel, or one for all.
Result<void> check_channel_operand(const InferContext& context, std::size_t i, DType dtype,
                                   const Dim& channels, bool one_for_all, const char* what) {
  if (!context.has_input(i)) return {};
  VERNIER_TRY(check_dtype(context, i, dtype_set(dtype)));
  const ValueType& type = context.input(i);
  VERNIER_TRY(check_rank(type, 1, 1, what));
  if (one_for_all && type.ranked && type.dims[0] == Dim::known(1)) return {};
  return check_dim(type, 0, channels, what);
}

/// The values of such an operand.
struct PerChannel {
  const double* values = nullptr;
  bool single = true;
  double fallback = 0.0;
  [[nodiscard]] double at(std::int64_t channel) const {
    if (values == nullptr) return fallback;
    return values[single ? 0 : channel];
  }
};
Result<PerChannel> per_channel(EvalContext& context, std::size_t i, std::int64_t channels,
                               double fallback) {
  PerChannel result{nullptr, true, fallback};
  if (!context.has_input(i)) return result;
  const TensorView& view = context.input(i);
  const std::int64_t count = view.element_count();
  if (count != 1 && count != channels) {
    return shape_error("input " + std::to_string(i) + " is " + describe(view) + ", expected 1 or " +
                       std::to_string(channels) + " elements");
  }
  VERNIER_ASSIGN(result.values, dense_doubles(context, view));
  result.single = count == 1;
  return result;
}

/// An exact sum modulo 2^32, as float.
float wrapped(double sum, double bias) {
  const auto whole = static_cast<std::int64_t>(sum) + static_cast<std::int64_t>(bias);
  return static_cast<float>(static_cast<std::int32_t>(static_cast<std::uint32_t>(whole)));
}

}  // namespace

Result<std::int32_t> parse_zero_point(AttrReader& attributes, std::string_view name) {
  return parse_int(attributes, name, 0, -128, 255);
}

Result<float> parse_factor(AttrReader& attributes, std::string_view name, float fallback) {
  VERNIER_ASSIGN(const float factor, attributes.get_float(name, fallback));
  if (!std::isfinite(factor)) return attr_error(std::string(name) + " is not finite");
  return factor;
}

Result<QuantOut> parse_quant_out(AttrReader& attributes) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  QuantOut out;
  VERNIER_ASSIGN(out.dtype, attributes.get_dtype("y_dtype", DType::uint8));
  if (!contains(kBytes | dtype_set(DType::float32), out.dtype)) {
    return attr_error("y_dtype is " + std::string(dtype_name(out.dtype)) +
                      ", expected float, uint8 or int8");
  }
  const ByteRange range = range_of(out.dtype);
  VERNIER_ASSIGN(out.zero, parse_int(attributes, "y_zero", 0, range.low, range.high));
  VERNIER_ASSIGN(out.low, parse_int(attributes, "y_low", range.low, range.low, range.high));
  VERNIER_ASSIGN(out.high, parse_int(attributes, "y_high", range.high, range.low, range.high));
  if (out.low > out.high) return attr_error("y_low is above y_high");
  VERNIER_ASSIGN(out.min, attributes.get_float("y_min", -kInfinity));
  VERNIER_ASSIGN(out.max, attributes.get_float("y_max", kInfinity));
  return out;
}

Result<QuantSum> parse_quant_sum(AttrReader& attributes) {
  QuantSum sum;
  VERNIER_ASSIGN(sum.x_zero, parse_zero_point(attributes, "x_zero"));
  VERNIER_ASSIGN(sum.out, parse_quant_out(attributes));
  VERNIER_ASSIGN(sum.mid, attributes.get_bool("mid", false));
  VERNIER_ASSIGN(sum.mid_low, parse_int(attributes, "mid_low", 0, -kMostMid, kMostMid));
  VERNIER_ASSIGN(sum.mid_high, parse_int(attributes, "mid_high", 0, -kMostMid, kMostMid));
  if (sum.mid_low > sum.mid_high) return attr_error("mid_low is above mid_high");
  VERNIER_ASSIGN(sum.mid_scale, parse_factor(attributes, "mid_scale", 1.0F));
  VERNIER_ASSIGN(sum.residual_zero, parse_zero_point(attributes, "residual_zero"));
  VERNIER_ASSIGN(sum.residual_scale, parse_factor(attributes, "residual_scale", 0.0F));
  return sum;
}

Result<void> check_bytes(const InferContext& context, std::size_t i) {
  return check_dtype(context, i, kBytes);
}

Result<DType> infer_table(const InferContext& context, std::size_t table, DType before) {
  if (!context.has_input(table)) return before;
  if (before == DType::float32) return dtype_error("a table needs 8-bit numbers in front of it");
  VERNIER_TRY(check_bytes(context, table));
  VERNIER_TRY(check_rank(context.input(table), 1, 1, "table"));
  VERNIER_TRY(check_dim(context.input(table), 0, Dim::known(kTableSize), "table"));
  return context.input(table).dtype;
}

Result<DType> infer_quant_sum(const InferContext& context, const QuantSum& sum,
                              const ValueType& output, const Dim& channels) {
  VERNIER_TRY(check_bytes(context, kQuantX));
  VERNIER_TRY(check_bytes(context, kQuantW));
  VERNIER_TRY(check_channel_operand(context, kQuantScale, DType::float32, channels, true, "scale"));
  VERNIER_TRY(check_channel_operand(context, kQuantWZero, DType::int32, channels, true, "w_zero"));
  VERNIER_TRY(check_channel_operand(context, kQuantBias, DType::int32, channels, false, "bias"));
  VERNIER_TRY(
      check_channel_operand(context, kQuantOffset, DType::float32, channels, false, "offset"));
  if (context.has_input(kQuantResidual)) {
    const ValueType& residual = context.input(kQuantResidual);
    VERNIER_TRY(check_bytes(context, kQuantResidual));
    if (output.ranked) {
      VERNIER_TRY(check_rank(residual, output.rank(), output.rank(), "residual"));
      for (std::size_t i = 0; i < output.rank() && residual.ranked; ++i) {
        VERNIER_TRY(check_dim(residual, i, output.dims[i], "residual"));
      }
    }
  }
  return infer_table(context, kQuantTable, sum.out.dtype);
}

float quantize_to(float t, const QuantOut& out) noexcept {
  if (out.dtype == DType::float32) return std::min(out.max, std::max(out.min, t));
  const float rounded = std::nearbyint(t);
  return std::clamp(rounded + static_cast<float>(out.zero), static_cast<float>(out.low),
                    static_cast<float>(out.high));
}

Result<double*> centered(EvalContext& context, std::size_t i, std::int32_t zero) {
  const TensorView& view = context.input(i);
  const std::int64_t count = view.element_count();
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  VERNIER_TRY(load_doubles(view, values));
  for (std::int64_t k = 0; k < count; ++k) values[k] -= zero;
  return values;
}

Result<double*> centered_weight(EvalContext& context, std::int64_t channels, std::int64_t inner) {
  const TensorView& w = context.input(kQuantW);
  VERNIER_ASSIGN(double* values, centered(context, kQuantW, 0));
  VERNIER_ASSIGN(const PerChannel zeros, per_channel(context, kQuantWZero, channels,
                                                     w.dtype == DType::uint8 ? 128.0 : 0.0));
  const std::int64_t count = w.element_count();
  for (std::int64_t i = 0; i < count; ++i) values[i] -= zeros.at(i / inner % channels);
  return values;
}

Result<void> store_quantized(EvalContext& context, const QuantOut& out, std::size_t table,
                             const Shape& shape, double* values) {
  if (!context.has_input(table)) {
    VERNIER_ASSIGN(const MutTensorView y, context.output(0, out.dtype, shape));
    return store_doubles(values, y);
  }
  const TensorView& view = context.input(table);
  if (view.element_count() != kTableSize) return shape_error("table is " + describe(view));
  VERNIER_ASSIGN(const double* entries, dense_doubles(context, view));
  const std::int64_t count = element_count(shape);
  for (std::int64_t i = 0; i < count; ++i) {
    values[i] = entries[static_cast<std::int64_t>(values[i]) & (kTableSize - 1)];
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, view.dtype, shape));
  return store_doubles(values, y);
}

Result<void> store_quant_sum(EvalContext& context, const QuantSum& sum, const Shape& shape,
                             std::int64_t channels, std::int64_t inner, const double* sums) {
  const std::int64_t count = element_count(shape);
  VERNIER_ASSIGN(const PerChannel scales, per_channel(context, kQuantScale, channels, 1.0));
  VERNIER_ASSIGN(const PerChannel offsets, per_channel(context, kQuantOffset, channels, 0.0));
  VERNIER_ASSIGN(const PerChannel biases, per_channel(context, kQuantBias, channels, 0.0));
  const double* residual = nullptr;
  if (context.has_input(kQuantResidual)) {
    if (!(context.input(kQuantResidual).shape == shape)) {
      return shape_error("residual is " + describe(context.input(kQuantResidual)) +
                         ", but the output is " + to_string(shape));
    }
    VERNIER_ASSIGN(residual, centered(context, kQuantResidual, sum.residual_zero));
  }
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t channel = i / inner % channels;
    float t = std::fma(wrapped(sums[i], biases.at(channel)), static_cast<float>(scales.at(channel)),
                       static_cast<float>(offsets.at(channel)));
    if (sum.mid) {
      t = std::clamp(std::nearbyint(t), static_cast<float>(sum.mid_low),
                     static_cast<float>(sum.mid_high)) *
          sum.mid_scale;
    }
    if (residual != nullptr) {
      t = std::fma(static_cast<float>(residual[i]), sum.residual_scale, t);
    }
    values[i] = static_cast<double>(quantize_to(t, sum.out));
  }
  return store_quantized(context, sum.out, kQuantTable, shape, values);
}

}  // namespace vernier
