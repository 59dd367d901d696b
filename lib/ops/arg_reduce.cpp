#include "ops/arg_reduce.h"

#include <array>
#include <cmath>
#include <type_traits>

#include "ops/rows.h"

namespace vernier {
namespace {

template <class T>
bool is_nan(T value) {
  if constexpr (std::is_same_v<T, double>) return std::isnan(value);
  return false;
}

template <class T>
void run(const TensorView& x, const MutTensorView& y, const Shape& kept,
         const std::array<Strides, 2>& strides, std::int64_t size, std::int64_t step, bool maximum,
         bool last) {
  std::array<T, kRowLength> row;
  for_each_offset<2>(kept, strides, [&](const auto& at) {
    std::int64_t best_index = 0;
    T best{};
    for (std::int64_t start = 0; start < size; start += kRowLength) {
      const std::int64_t count = std::min(kRowLength, size - start);
      load_row(x.dtype, element_ptr(x, at[0] + start * step), step, count, row.data());
      for (std::int64_t i = 0; i < count; ++i) {
        const T value = row[static_cast<std::size_t>(i)];
        const bool first = start + i == 0;
        const bool beats = is_nan(value) ? !is_nan(best)
                                         : !is_nan(best) && (maximum ? value > best : value < best);
        const bool ties = value == best || (is_nan(value) && is_nan(best));
        if (first || beats || (last && ties)) {
          best = value;
          best_index = start + i;
        }
      }
    }
    y.as<std::int64_t>()[at[1]] = best_index;
  });
}

}  // namespace

Result<Params> parse_arg_reduce(AttrReader& attributes, int) {
  auto params = std::make_shared<ArgReduceParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  VERNIER_ASSIGN(params->keepdims, attributes.get_bool("keepdims", true));
  VERNIER_ASSIGN(params->select_last_index, attributes.get_bool("select_last_index", false));
  return Params(std::move(params));
}

Result<void> infer_arg_reduce(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kNumbers));
  const ValueType& x = context.input(0);
  const auto& params = params_as<ArgReduceParams>(context);
  if (!x.ranked) {
    context.set_output(0, ValueType::of(DType::int64));
    return {};
  }
  VERNIER_ASSIGN(const std::size_t axis, normalize_axis(params.axis, x.rank()));
  ValueType type = x;
  type.dtype = DType::int64;
  if (params.keepdims) {
    type.dims[axis] = Dim::known(1);
  } else {
    type.dims.erase(type.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  context.set_output(0, std::move(type));
  return {};
}

Result<void> eval_arg_reduce(EvalContext& context, bool maximum) {
  const TensorView& x = context.input(0);
  const auto& params = params_as<ArgReduceParams>(context);
  VERNIER_ASSIGN(const std::size_t axis, normalize_axis(params.axis, x.rank()));
  const std::int64_t size = x.shape[axis];
  Shape kept = x.shape;
  Strides kept_in = x.strides;
  kept.erase(axis);
  kept_in.erase(axis);
  if (size == 0 && element_count(kept) != 0) {
    return data_shape_error("axis " + std::to_string(axis) + " is empty");
  }
  Shape shape = kept;
  if (params.keepdims) shape.insert(axis, 1);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, DType::int64, shape));
  Strides kept_out = y.strides;
  if (params.keepdims) kept_out.erase(axis);
  const std::int64_t step = x.strides[axis];
  const bool last = params.select_last_index;
  switch (lane_of(x.dtype)) {
    case Lane::real:
      run<double>(x, y, kept, {kept_in, kept_out}, size, step, maximum, last);
      return {};
    case Lane::signed_int:
      run<std::int64_t>(x, y, kept, {kept_in, kept_out}, size, step, maximum, last);
      return {};
    case Lane::unsigned_int:
      run<std::uint64_t>(x, y, kept, {kept_in, kept_out}, size, step, maximum, last);
      return {};
    case Lane::none:
      break;
  }
  return unsupported_dtype(x.dtype);
}

}  // namespace vernier
