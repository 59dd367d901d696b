#include "ops/clip.h"

#include <algorithm>
#include <limits>
#include <span>

#include "ops/activation.h"
#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kNumbers));
  for (std::size_t i = 1; i < 3; ++i) {
    VERNIER_TRY(check_same_dtype(context, 0, i));
    if (!context.has_input(i)) continue;
    const ValueType& limit = context.input(i);
    if (limit.rank() > 1 || (limit.rank() == 1 && dims_differ(limit.dims[0], Dim::known(1)))) {
      return shape_error("a limit must be a scalar");
    }
  }
  context.set_output(0, context.input(0));
  return {};
}
template <class T, class Clamp>
Result<void> run(EvalContext& context, T low, T high, Clamp clamp) {
  const TensorView& x = context.input(0);
  for (std::size_t i = 1; i < 3; ++i) {
    if (!context.has_input(i)) continue;
    const TensorView& limit = context.input(i);
    if (limit.element_count() != 1) return data_shape_error("a limit must be a scalar");
    load_row(limit.dtype, limit.data, 0, 1, i == 1 ? &low : &high);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  std::array<T, kRowLength> row;
  for_each_row<2>(x.shape, {x.strides, y.strides},
                  [&](const auto& at, const auto& stride, std::int64_t count) {
                    load_row(x.dtype, element_ptr(x, at[0]), stride[0], count, row.data());
                    for (T& value : std::span(row).first(static_cast<std::size_t>(count))) {
                      value = clamp(value, low, high);
                    }
                    store_row(y.dtype, element_ptr(y, at[1]), stride[1], count, row.data());
                  });
  return {};
}
template <class T>
Result<void> run_int(EvalContext& context) {
  return run<T>(context, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                [](T x, T low, T high) { return std::min(std::max(x, low), high); });
}
Result<void> reference(EvalContext& context) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (lane_of(context.input(0).dtype)) {
    case Lane::real:
      return run<double>(context, -kInfinity, kInfinity, clip_of);
    case Lane::signed_int:
      return run_int<std::int64_t>(context);
    case Lane::unsigned_int:
      return run_int<std::uint64_t>(context);
    case Lane::none:
      break;
  }
  return unsupported_dtype(context.input(0).dtype);
}

}  // namespace

const OpDef clip_op = {.domain = "",
                       .name = "Clip",
                       .since_version = 13,
                       .inputs = {1, 3},
                       .traits = {.elementwise = true},
                       .parse = parse_no_attributes,
                       .infer = infer,
                       .reference = reference};

}  // namespace vernier
