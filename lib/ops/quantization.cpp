#include "ops/quantization.h"

#include <algorithm>
#include <cmath>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {

Result<QuantLayout> resolve_quant_layout(const Shape& x, const Shape& scale, std::int64_t axis,
                                         std::int64_t block_size) {
  QuantLayout layout;
  if (block_size == 0 && (scale.empty() || (scale.size() == 1 && scale[0] == 1))) return layout;
  VERNIER_ASSIGN(const std::size_t at, normalize_axis(axis, x.size()));
  layout.per_tensor = false;
  layout.length = x[at];
  for (std::size_t i = at + 1; i < x.size(); ++i) layout.inner *= x[i];
  const auto misfit = [&] {
    return shape_error("scale has shape " + to_string(scale) + ", which does not fit " +
                       to_string(x) + " on axis " + std::to_string(at));
  };
  if (block_size == 0) {
    if (scale.size() != 1 || scale[0] != layout.length) return misfit();
    return layout;
  }
  layout.block = block_size;
  layout.blocks = layout.length / block_size + (layout.length % block_size != 0 ? 1 : 0);
  if (scale.size() != x.size()) return misfit();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (scale[i] != (i == at ? layout.blocks : x[i])) return misfit();
  }
  return layout;
}

Result<void> check_zero_point_shape(const TensorView& scale, const TensorView& zero) {
  const bool one_each = scale.element_count() == 1 && zero.element_count() == 1;
  if (one_each || zero.shape == scale.shape) return {};
  return shape_error("zero point is " + describe(zero) + ", but the scale is " + describe(scale));
}

Result<void> check_quant_inputs(const InferContext& context, const QuantParams& params) {
  const ValueType& x = context.input(0);
  const ValueType& scale = context.input(1);
  if (context.has_input(2) && scale.ranked) {
    const ValueType& zero = context.input(2);
    if (scale.rank() == 0) {
      VERNIER_TRY(check_rank(zero, 0, 1, "zero point"));
      VERNIER_TRY(check_dim(zero, 0, Dim::known(1), "zero point"));
    } else if (!zero.ranked || zero.rank() != 0) {
      VERNIER_TRY(check_rank(zero, scale.rank(), scale.rank(), "zero point"));
    } else {
      VERNIER_TRY(check_dim(scale, 0, Dim::known(1), "scale of a scalar zero point"));
    }
    for (std::size_t i = 0; i < scale.rank(); ++i) {
      VERNIER_TRY(check_dim(zero, i, scale.dims[i], "zero point"));
    }
  }
  const auto x_shape = x.shape();
  const auto scale_shape = scale.shape();
  if (!x_shape || !scale_shape) return {};
  VERNIER_TRY(resolve_quant_layout(*x_shape, *scale_shape, params.axis, params.block_size));
  return {};
}

Result<QuantRange> quant_range(DType dtype) {
  switch (dtype) {
    case DType::uint8:
      return QuantRange{0.0, 255.0};
    case DType::int8:
      return QuantRange{-128.0, 127.0};
    case DType::uint16:
      return QuantRange{0.0, 65535.0};
    case DType::int16:
      return QuantRange{-32768.0, 32767.0};
    case DType::uint4:
      return QuantRange{0.0, 15.0};
    case DType::int4:
      return QuantRange{-8.0, 7.0};
    case DType::uint2:
      return QuantRange{0.0, 3.0};
    case DType::int2:
      return QuantRange{-2.0, 1.0};
    default:
      return unsupported_dtype(dtype);
  }
}

double quantize_value(float value, double zero_point, const QuantRange& range) noexcept {
  const float rounded = std::nearbyint(value);
  if (std::isnan(rounded)) return zero_point;
  return std::clamp(static_cast<double>(rounded) + zero_point, range.low, range.high);
}

namespace {

/// Subtracts `zero` (any strides, shape of `shape` after broadcasting) from dense values.
Result<double*> subtract(EvalContext& context, const TensorView& values, const TensorView& zero) {
  VERNIER_ASSIGN(double* result, scratch_array<double>(context, values.element_count()));
  VERNIER_TRY(load_doubles(values, result));
  VERNIER_ASSIGN(const Shape joined, broadcast_shape_pair(values.shape, zero.shape));
  if (!(joined == values.shape)) {
    return shape_error("zero point is " + describe(zero) + ", but the values are " +
                       describe(values));
  }
  VERNIER_ASSIGN(
      const double* zeros,
      dense_doubles(context, {zero.data, zero.dtype, values.shape,
                              broadcast_strides(zero.shape, zero.strides, values.shape)}));
  for (std::int64_t i = 0; i < values.element_count(); ++i) result[i] -= zeros[i];
  return result;
}

/// The values alone, in writable scratch.
Result<double*> plain(EvalContext& context, const TensorView& values) {
  VERNIER_ASSIGN(double* result, scratch_array<double>(context, values.element_count()));
  VERNIER_TRY(load_doubles(values, result));
  return result;
}

}  // namespace

Result<double*> subtract_zero_point(EvalContext& context, std::size_t value_input,
                                    std::size_t zero_point_input, bool row_zero_point) {
  const TensorView& values = context.input(value_input);
  if (!context.has_input(zero_point_input)) return plain(context, values);
  TensorView zero = context.input(zero_point_input);
  if (row_zero_point && zero.rank() == 1 && zero.shape[0] != 1) {
    zero.shape.push_back(1);
    zero.strides.push_back(0);
  }
  return subtract(context, values, zero);
}

Result<double*> subtract_channel_zero_point(EvalContext& context, std::size_t value_input,
                                            std::size_t zero_point_input) {
  const TensorView& values = context.input(value_input);
  if (!context.has_input(zero_point_input)) return plain(context, values);
  TensorView zero = context.input(zero_point_input);
  if (zero.rank() == 1 && zero.shape[0] != 1) {
    for (std::size_t i = 1; i < values.rank(); ++i) {
      zero.shape.push_back(1);
      zero.strides.push_back(0);
    }
  }
  return subtract(context, values, zero);
}

}  // namespace vernier
