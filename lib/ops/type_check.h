#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "graph/op_def.h"
#include "graph/value_type.h"

namespace vernier {

/// Checks that shape inference of many operators shares. Unknown dtypes, ranks and dims always
/// pass: what is not known cannot be wrong. `what` names the input in messages ("weight").

/// Error E-MODEL-SHAPE unless the rank lies in [min_rank, max_rank].
Result<void> check_rank(const ValueType& type, std::size_t min_rank, std::size_t max_rank,
                        const char* what);
/// Error E-MODEL-DTYPE unless the dtype is float16, bfloat16, float32 or float64.
Result<void> check_float(const ValueType& type, const char* what);
/// Error E-MODEL-DTYPE unless the dtype is one of `allowed`.
Result<void> check_dtype(const ValueType& type, std::span<const DType> allowed, const char* what);
/// Error E-MODEL-DTYPE when both dtypes are known and differ.
Result<void> check_same_dtype(const ValueType& a, const char* what_a, const ValueType& b,
                              const char* what_b);
/// Error E-MODEL-SHAPE when the dim is known and differs from `expected` (if that is known).
Result<void> check_dim(const ValueType& type, std::size_t axis, const Dim& expected,
                       const char* what);

/// True when both are known sizes and differ.
inline bool dims_differ(const Dim& a, const Dim& b) {
  return a.is_known() && b.is_known() && a.value != b.value;
}
/// The more informative of two dims that must be equal.
inline Dim merge_dims(const Dim& a, const Dim& b) {
  if (a.is_known()) return a;
  if (b.is_known()) return b;
  return a.symbol.empty() ? b : a;
}
/// numpy broadcasting of two dims; error E-MODEL-SHAPE when they cannot match.
Result<Dim> broadcast_dim(const Dim& a, const Dim& b);
/// numpy broadcasting of two dim lists (aligned at the end).
Result<std::vector<Dim>> broadcast_dim_lists(std::span<const Dim> a, std::span<const Dim> b);
/// The same for whole shapes.
Result<Shape> broadcast_shape_pair(const Shape& a, const Shape& b);

/// A possibly negative axis brought into [0, rank). Error E-MODEL-ATTR when outside [-rank, rank).
Result<std::size_t> normalize_axis(std::int64_t axis, std::size_t rank);

/// Inference of operators whose output 0 has exactly the type of a floating input 0.
Result<void> infer_same_float(InferContext& context);

/// Attribute list checks: error E-MODEL-ATTR unless every value lies in [low, high].
Result<void> check_values(std::span<const std::int64_t> values, const char* name, std::int64_t low,
                          std::int64_t high);

}  // namespace vernier
