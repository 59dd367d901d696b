#pragma once

#include <cstdint>

#include "base/result.h"
#include "graph/op_def.h"
#include "tensor/tensor.h"

namespace vernier {

/// Bridges between strided views of any numeric dtype and dense row-major buffers of one arithmetic
/// type, for references that compute in double (float families, and integers up to 2^53 exactly) or
/// in int64 modulo 2^64. String and complex tensors are refused (unsupported).

/// Converts every element of `view` in row-major order. `dst` holds view.element_count() values.
Result<void> load_doubles(const TensorView& view, double* dst);
/// As load_doubles; uint64 keeps its bit pattern, floats are truncated.
Result<void> load_int64s(const TensorView& view, std::int64_t* dst);
/// Rounds to the dtype of `dst`; integers are truncated toward zero and saturated, NaN becomes 0.
Result<void> store_doubles(const double* src, const MutTensorView& dst);
/// Keeps the low bits (arithmetic modulo 2^bits); floats are rounded.
Result<void> store_int64s(const std::int64_t* src, const MutTensorView& dst);

/// Scratch memory for `count` elements (at least one). Error: limit when the size overflows.
template <class T>
Result<T*> scratch_array(EvalContext& context, std::int64_t count) {
  const auto bytes =
      checked_mul(count < 1 ? std::int64_t{1} : count, static_cast<std::int64_t>(sizeof(T)));
  if (!bytes) return limit_error("scratch size overflows", "E-LIMIT-TENSOR");
  VERNIER_ASSIGN(std::byte * bytes_at, context.scratch(static_cast<std::size_t>(*bytes)));
  return reinterpret_cast<T*>(bytes_at);
}

/// Dense copy of a view in scratch; a dense float64 (int64) view is returned as it is.
Result<const double*> dense_doubles(EvalContext& context, const TensorView& view);
Result<const std::int64_t*> dense_int64s(EvalContext& context, const TensorView& view);

/// values[n, c, ...] += bias[c] for a dense buffer of `shape` (rank >= 2). Error E-MODEL-SHAPE
/// unless `bias` has shape[1] elements on one axis.
Result<void> add_channel_bias(EvalContext& context, const TensorView& bias, const Shape& shape,
                              double* values);

/// The value of a one-element view. Error: invalid_data when it has another number of elements.
Result<double> scalar_double(const TensorView& view, const char* what);
Result<std::int64_t> scalar_int64(const TensorView& view, const char* what);

}  // namespace vernier
