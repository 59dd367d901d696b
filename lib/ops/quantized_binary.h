#pragma once

#include "ops/dense.h"
#include "ops/quantized.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {

/// What QAdd and QMul share: inputs A, B, table?.
inline constexpr std::size_t kBinaryTable = 2;

/// Output type of A and B broadcast.
Result<void> infer_quantized_binary(InferContext& context, const QuantOut& out);

/// Writes output 0; `value(a, b)` gives t from the operands minus their zero points.
template <class F>
Result<void> eval_quantized_binary(EvalContext& context, std::int32_t a_zero, std::int32_t b_zero,
                                   const QuantOut& out, F&& value) {
  const Shape& a_shape = context.input(0).shape;
  const Shape& b_shape = context.input(1).shape;
  VERNIER_ASSIGN(const Shape shape, broadcast_shapes(a_shape, b_shape));
  VERNIER_ASSIGN(const double* a, centered(context, 0, a_zero));
  VERNIER_ASSIGN(const double* b, centered(context, 1, b_zero));
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, element_count(shape)));
  std::int64_t i = 0;
  for_each_offset<2>(shape,
                     {broadcast_strides(a_shape, dense_strides(a_shape), shape),
                      broadcast_strides(b_shape, dense_strides(b_shape), shape)},
                     [&](const auto& at) {
                       const float v =
                           value(static_cast<float>(a[at[0]]), static_cast<float>(b[at[1]]));
                       values[i++] = static_cast<double>(quantize_to(v, out));
                     });
  return store_quantized(context, out, kBinaryTable, shape, values);
}

}  // namespace vernier
