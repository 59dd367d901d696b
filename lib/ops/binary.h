#pragma once

#include <cmath>
#include <type_traits>

#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier {

/// One row function per lane for z = f(x, y), written to `x`; null: lane not supported.
struct BinaryRows {
  void (*real)(double* x, const double* y, std::int64_t count, const OpParams& params) = nullptr;
  void (*signed_int)(std::int64_t* x, const std::int64_t* y, std::int64_t count,
                     const OpParams& params) = nullptr;
  void (*unsigned_int)(std::uint64_t* x, const std::uint64_t* y, std::int64_t count,
                       const OpParams& params) = nullptr;
};
template <class T, T (*F)(T, T, const OpParams&)>
void binary_row(T* x, const T* y, std::int64_t count, const OpParams& params) {
  for (std::int64_t i = 0; i < count; ++i) x[i] = F(x[i], y[i], params);
}
template <double (*Real)(double, double, const OpParams&),
          std::int64_t (*Signed)(std::int64_t, std::int64_t, const OpParams&),
          std::uint64_t (*Unsigned)(std::uint64_t, std::uint64_t, const OpParams&)>
inline constexpr BinaryRows kBinaryRows = {binary_row<double, Real>,
                                           binary_row<std::int64_t, Signed>,
                                           binary_row<std::uint64_t, Unsigned>};

/// Computes z = f(x, y) in the given lane with numpy broadcasting; all three views have the
/// broadcast shape of z. z may be x.
Result<void> binary_into(const TensorView& x, const TensorView& y, const MutTensorView& z,
                         Lane lane, const BinaryRows& rows, const OpParams& params);
/// Broadcasts inputs 0 and 1 and writes output 0, in the lane of input 0; `output` undefined: the
/// dtype of input 0.
Result<void> eval_binary(EvalContext& context, const BinaryRows& rows,
                         DType output = DType::undefined);
/// Left fold over any number of inputs (Max, Min, Sum, Mean).
Result<MutTensorView> eval_variadic(EvalContext& context, const BinaryRows& rows);
/// Error invalid_data E-DATA-VALUE when an integer divisor is zero.
Result<void> check_divisor(const TensorView& divisor);

/// z has the inputs' dtype (both equal, in `allowed`) and broadcast shape. `arithmetic`, if not
/// null, carries known integers of rank 0 or 1 through.
Result<void> infer_binary(InferContext& context, DTypeSet allowed,
                          Dim (*arithmetic)(const Dim&, const Dim&) = nullptr);
/// Broadcast shape, bool output.
Result<void> infer_comparison(InferContext& context, DTypeSet allowed);
Result<void> infer_variadic(InferContext& context, DTypeSet allowed);

template <DTypeSet Allowed>
Result<void> infer_binary_of(InferContext& context) {
  return infer_binary(context, Allowed);
}
template <DTypeSet Allowed>
Result<void> infer_comparison_of(InferContext& context) {
  return infer_comparison(context, Allowed);
}
template <DTypeSet Allowed>
Result<void> infer_variadic_of(InferContext& context) {
  return infer_variadic(context, Allowed);
}

/// Comparison in lane T; the result row holds 0 or 1.
template <bool (*Real)(double, double), bool (*Signed)(std::int64_t, std::int64_t),
          bool (*Unsigned)(std::uint64_t, std::uint64_t)>
Result<void> eval_comparison(EvalContext& context) {
  constexpr BinaryRows kRows = {
      [](double* x, const double* y, std::int64_t n, const OpParams&) {
        for (std::int64_t i = 0; i < n; ++i) x[i] = Real(x[i], y[i]) ? 1.0 : 0.0;
      },
      [](std::int64_t* x, const std::int64_t* y, std::int64_t n, const OpParams&) {
        for (std::int64_t i = 0; i < n; ++i) x[i] = Signed(x[i], y[i]) ? 1 : 0;
      },
      [](std::uint64_t* x, const std::uint64_t* y, std::int64_t n, const OpParams&) {
        for (std::int64_t i = 0; i < n; ++i) x[i] = Unsigned(x[i], y[i]) ? 1 : 0;
      }};
  return eval_binary(context, kRows, DType::boolean);
}

/// Two's complement arithmetic without undefined overflow.
template <class T>
constexpr T wrapping_add(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
template <class T>
constexpr T wrapping_sub(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
template <class T>
constexpr T wrapping_mul(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

/// A two-input arithmetic or logic operator without attributes.
constexpr OpDef binary_op(std::string_view name, int since_version, bool commutative,
                          Result<void> (*infer)(InferContext&),
                          Result<void> (*reference)(EvalContext&)) {
  return {.domain = "",
          .name = name,
          .since_version = since_version,
          .inputs = {2, 2},
          .traits = {.elementwise = true, .commutative = commutative},
          .parse = parse_no_attributes,
          .infer = infer,
          .reference = reference};
}
constexpr OpDef variadic_op(std::string_view name, int since_version,
                            Result<void> (*infer)(InferContext&),
                            Result<void> (*reference)(EvalContext&)) {
  return {.domain = "",
          .name = name,
          .since_version = since_version,
          .inputs = {1, -1},
          .traits = {.elementwise = true, .commutative = true},
          .parse = parse_no_attributes,
          .infer = infer,
          .reference = reference};
}

}  // namespace vernier
