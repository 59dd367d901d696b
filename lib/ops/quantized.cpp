#include "ops/quantized.h"

#include <algorithm>
#include <cmath>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr DTypeSet kBytes = dtype_set(DType::uint8, DType::int8);
constexpr std::int64_t kTableSize = 256;

struct ByteRange {
  std::int32_t low;
  std::int32_t high;
};
constexpr ByteRange range_of(DType dtype) {
  return dtype == DType::int8 ? ByteRange{-128, 127} : ByteRange{0, 255};
}

}  // namespace

Result<std::int32_t> parse_zero_point(AttrReader& attributes, std::string_view name) {
  VERNIER_ASSIGN(const std::int64_t zero, attributes.get_int_in(name, 0, -128, 255));
  return static_cast<std::int32_t>(zero);
}

Result<float> parse_factor(AttrReader& attributes, std::string_view name, float fallback) {
  VERNIER_ASSIGN(const float factor, attributes.get_float(name, fallback));
  if (!std::isfinite(factor)) return attr_error(std::string(name) + " is not finite");
  return factor;
}

Result<QuantOut> parse_quant_out(AttrReader& attributes) {
  QuantOut out;
  VERNIER_ASSIGN(out.dtype, attributes.get_dtype("y_dtype", DType::uint8));
  if (!contains(kBytes | dtype_set(DType::float32), out.dtype)) {
    return attr_error("y_dtype is " + std::string(dtype_name(out.dtype)) +
                      ", expected float, uint8 or int8");
  }
  const ByteRange range = range_of(out.dtype);
  const auto bound = [&](std::string_view name, std::int32_t fallback) -> Result<std::int32_t> {
    VERNIER_ASSIGN(const std::int64_t value,
                   attributes.get_int_in(name, fallback, range.low, range.high));
    return static_cast<std::int32_t>(value);
  };
  VERNIER_ASSIGN(out.zero, bound("y_zero", 0));
  VERNIER_ASSIGN(out.low, bound("y_low", range.low));
  VERNIER_ASSIGN(out.high, bound("y_high", range.high));
  if (out.low > out.high) return attr_error("y_low is above y_high");
  return out;
}

Result<QuantSum> parse_quant_sum(AttrReader& attributes) {
  QuantSum sum;
  VERNIER_ASSIGN(sum.out, parse_quant_out(attributes));
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
                              const QuantSumInputs& at, const ValueType& output,
                              const Dim& channels) {
  VERNIER_TRY(check_dtype(context, at.scale, dtype_set(DType::float32)));
  const ValueType& scale = context.input(at.scale);
  VERNIER_TRY(check_rank(scale, 1, 1, "scale"));
  if (scale.ranked && scale.dims[0] != Dim::known(1)) {
    VERNIER_TRY(check_dim(scale, 0, channels, "scale"));
  }
  if (context.has_input(at.offset)) {
    VERNIER_TRY(check_dtype(context, at.offset, dtype_set(DType::float32)));
    VERNIER_TRY(check_rank(context.input(at.offset), 1, 1, "offset"));
    VERNIER_TRY(check_dim(context.input(at.offset), 0, channels, "offset"));
  }
  if (context.has_input(at.residual)) {
    const ValueType& residual = context.input(at.residual);
    VERNIER_TRY(check_dtype(context, at.residual, kBytes | dtype_set(DType::float32)));
    if (output.ranked) {
      VERNIER_TRY(check_rank(residual, output.rank(), output.rank(), "residual"));
      for (std::size_t i = 0; i < output.rank(); ++i) {
        VERNIER_TRY(check_dim(residual, i, output.dims[i], "residual"));
      }
    }
  }
  return infer_table(context, at.table, sum.out.dtype);
}

float quantize_to(float v, const QuantOut& out) noexcept {
  if (out.dtype == DType::float32) return v;
  const float rounded = std::nearbyint(v);
  const float shifted = std::isnan(rounded) ? 0.0F : rounded;
  return std::clamp(shifted + static_cast<float>(out.zero), static_cast<float>(out.low),
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

Result<void> store_quant_sum(EvalContext& context, const QuantSum& sum, const QuantSumInputs& at,
                             const Shape& shape, std::int64_t channels, std::int64_t inner,
                             const double* sums) {
  const std::int64_t count = element_count(shape);
  VERNIER_ASSIGN(const double* scales, dense_doubles(context, context.input(at.scale)));
  const std::int64_t scale_count = context.input(at.scale).element_count();
  const double* offsets = nullptr;
  const bool has_offset = context.has_input(at.offset);
  if ((scale_count != 1 && scale_count != channels) ||
      (has_offset && context.input(at.offset).element_count() != channels)) {
    return shape_error("scale or offset does not have " + std::to_string(channels) + " elements");
  }
  if (has_offset) {
    VERNIER_ASSIGN(offsets, dense_doubles(context, context.input(at.offset)));
  }
  const double* residual = nullptr;
  if (context.has_input(at.residual)) {
    if (!(context.input(at.residual).shape == shape)) {
      return shape_error("residual is " + describe(context.input(at.residual)) +
                         ", but the output is " + to_string(shape));
    }
    VERNIER_ASSIGN(residual, centered(context, at.residual, sum.residual_zero));
  }
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t channel = i / inner % channels;
    const auto scale = static_cast<float>(scales[scale_count == 1 ? 0 : channel]);
    const float offset = offsets == nullptr ? 0.0F : static_cast<float>(offsets[channel]);
    float v = std::fma(static_cast<float>(sums[i]), scale, offset);
    if (residual != nullptr) {
      v = std::fma(static_cast<float>(residual[i]), sum.residual_scale, v);
    }
    values[i] = static_cast<double>(quantize_to(v, sum.out));
  }
  return store_quantized(context, sum.out, at.table, shape, values);
}

}  // namespace vernier
