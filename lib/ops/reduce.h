#pragma once

#include <cstdint>

#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier {

/// Every Reduce operator: input 1 lists the axes (absent or empty: all, or none with
/// `noop_with_empty_axes`).
struct ReduceParams final : OpParams {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
};
Result<Params> parse_reduce(AttrReader& attributes, int opset);

/// The axes to reduce of a tensor of this rank, one flag (0 or 1) per dim; `axes` undefined dtype:
/// input absent. Used by backends as well.
Result<Shape> resolve_reduce_axes(const ReduceParams& params, const TensorView& axes,
                                  std::size_t rank);

/// A fold over the elements of one lane.
template <class T>
struct Fold {
  T (*init)(DType dtype) = nullptr;
  T (*step)(T accumulator, const T* row, std::int64_t count, T shift) = nullptr;
  T (*finish)(T accumulator, std::int64_t count, T shift) = nullptr;
};
/// Integer lanes that are null are computed in double. `shift_by_max` passes the finite maximum of
/// the elements (else 0) as `shift`.
struct ReduceFolds {
  Fold<double> real;
  Fold<std::int64_t> signed_int{};
  Fold<std::uint64_t> unsigned_int{};
  bool shift_by_max = false;
};
Result<void> eval_reduce(EvalContext& context, const ReduceFolds& folds);
Result<void> infer_reduce(InferContext& context, DTypeSet allowed);

inline constexpr DTypeSet kReduceDTypes =
    kFloats | dtype_set(DType::int32, DType::int64, DType::uint32, DType::uint64);

template <DTypeSet Allowed>
Result<void> infer_reduce_of(InferContext& context) {
  return infer_reduce(context, Allowed);
}
constexpr OpDef reduce_op(std::string_view name, Result<void> (*reference)(EvalContext&),
                          Result<void> (*infer)(InferContext&) = infer_reduce_of<kReduceDTypes>) {
  return {.domain = "",
          .name = name,
          .since_version = 18,
          .inputs = {1, 2},
          .outputs = {1, 1},
          .traits = {},
          .parse = parse_reduce,
          .infer = infer,
          .reference = reference};
}

/// Pieces of folds.
template <class T>
T fold_zero(DType) {
  return T{0};
}
template <class T>
T fold_one(DType) {
  return T{1};
}
template <class T>
T fold_keep(T accumulator, std::int64_t, T) {
  return accumulator;
}
template <class T, T (*F)(T accumulator, T x)>
T fold_each(T accumulator, const T* row, std::int64_t count, T) {
  for (std::int64_t i = 0; i < count; ++i) accumulator = F(accumulator, row[i]);
  return accumulator;
}

}  // namespace vernier
