#pragma once

#include "graph/op_def.h"

namespace vernier {

/// How scales and zero points spread over a tensor: one for all, one per index of an axis, or one
/// per block of block_size indices of an axis.
struct QuantLayout {
  std::int64_t length = 1;  ///< elements on the axis
  std::int64_t inner = 1;   ///< elements behind the axis
  std::int64_t block = 0;   ///< 0: per axis
  std::int64_t blocks = 1;  ///< along the axis
  bool per_tensor = true;
  /// Position among the scales of row-major element `at` of the tensor.
  [[nodiscard]] std::int64_t scale_index(std::int64_t at) const noexcept {
    if (per_tensor) return 0;
    const std::int64_t along = at / inner % length;
    if (block == 0) return along;
    const std::int64_t outer = at / inner / length;
    return (outer * blocks + along / block) * inner + at % inner;
  }
};
/// Error E-MODEL-SHAPE / E-MODEL-ATTR when the scale's shape fits no granularity.
Result<QuantLayout> resolve_quant_layout(const Shape& x, const Shape& scale, std::int64_t axis,
                                         std::int64_t block_size);

/// Attributes of QuantizeLinear and DequantizeLinear.
struct QuantParams final : OpParams {
  std::int64_t axis = 1;
  std::int64_t block_size = 0;
  DType output_dtype = DType::undefined;  ///< undefined: from zero point or scale
  DType precision = DType::undefined;     ///< QuantizeLinear: dtype of the division
  bool saturate = true;                   ///< QuantizeLinear to 8-bit floats
};

/// Inference side: checks scale (input 1) and zero point (input 2) against x.
Result<void> check_quant_inputs(const InferContext& context, const QuantParams& params);

/// While running: one element each, or equal shapes. Error E-MODEL-SHAPE.
Result<void> check_zero_point_shape(const TensorView& scale, const TensorView& zero);

/// Integers that quantized values may have, and their range.
struct QuantRange {
  double low = 0.0;
  double high = 0.0;
};
/// Range of an integer dtype up to 16 bits. Error: unsupported for others.
Result<QuantRange> quant_range(DType dtype);
/// round-half-even(value) + zero_point, saturated; NaN becomes the zero point.
double quantize_value(float value, double zero_point, const QuantRange& range) noexcept;

/// values - zero point (broadcast); the zero point may be absent. `row_zero_point`: a rank-1 zero
/// point of more than one element runs over the second last axis (rows) instead of the last one.
Result<double*> subtract_zero_point(EvalContext& context, std::size_t value_input,
                                    std::size_t zero_point_input, bool row_zero_point);
/// Weight minus a zero point that is scalar or runs over axis 0.
Result<double*> subtract_channel_zero_point(EvalContext& context, std::size_t value_input,
                                            std::size_t zero_point_input);

}  // namespace vernier
