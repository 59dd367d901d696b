#include "ops/reduce.h"

#include <cmath>
#include <limits>
#include <utility>

namespace vernier {
namespace {

struct Walk {
  Shape kept;
  Strides kept_in;
  Strides kept_out;
  Shape reduced;
  Strides reduced_in;
};

template <class T>
T finite_maximum(const TensorView& x, std::int64_t offset, const Walk& walk) {
  T best = std::numeric_limits<T>::lowest();
  std::array<T, kRowLength> row;
  for_each_row<1>(walk.reduced, {walk.reduced_in},
                  [&](const auto& at, const auto& stride, std::int64_t count) {
                    load_row(x.dtype, element_ptr(x, offset + at[0]), stride[0], count, row.data());
                    for (std::int64_t i = 0; i < count; ++i) {
                      const T value = row[static_cast<std::size_t>(i)];
                      best = value > best ? value : best;
                    }
                  });
  if constexpr (std::is_same_v<T, double>) {
    if (!std::isfinite(best) || best == std::numeric_limits<T>::lowest()) return 0.0;
  }
  return best;
}

template <class T>
void run(const TensorView& x, const MutTensorView& y, const Walk& walk, const Fold<T>& fold,
         bool shift_by_max) {
  const std::int64_t total = element_count(walk.reduced);
  std::array<T, kRowLength> row;
  for_each_offset<2>(walk.kept, {walk.kept_in, walk.kept_out}, [&](const auto& at) {
    T accumulator = fold.init(x.dtype);
    const T shift = shift_by_max ? finite_maximum<T>(x, at[0], walk) : T{0};
    for_each_row<1>(walk.reduced, {walk.reduced_in},
                    [&](const auto& inner, const auto& stride, std::int64_t count) {
                      load_row(x.dtype, element_ptr(x, at[0] + inner[0]), stride[0], count,
                               row.data());
                      accumulator = fold.step(accumulator, row.data(), count, shift);
                    });
    accumulator = fold.finish(accumulator, total, shift);
    store_row(y.dtype, element_ptr(y, at[1]), 0, 1, &accumulator);
  });
}

}  // namespace

Result<Params> parse_reduce(AttrReader& attributes, int) {
  auto params = std::make_shared<ReduceParams>();
  VERNIER_ASSIGN(params->keepdims, attributes.get_bool("keepdims", true));
  VERNIER_ASSIGN(params->noop_with_empty_axes, attributes.get_bool("noop_with_empty_axes", false));
  return Params(std::move(params));
}

Result<Shape> resolve_reduce_axes(const ReduceParams& params, const TensorView& axes,
                                  std::size_t rank) {
  const bool given = axes.dtype != DType::undefined && axes.element_count() > 0;
  Shape flags = Shape::filled(rank, !given && !params.noop_with_empty_axes ? 1 : 0);
  if (!given) return flags;
  VERNIER_ASSIGN(const Shape list, read_ints(axes));
  for (const std::int64_t axis : list) {
    VERNIER_ASSIGN(const std::size_t at, normalize_axis(axis, rank));
    if (flags[at]++ != 0) return data_shape_error("an axis is given twice");
  }
  return flags;
}

Result<void> eval_reduce(EvalContext& context, const ReduceFolds& folds) {
  const TensorView& x = context.input(0);
  const auto& params = params_as<ReduceParams>(context);
  VERNIER_ASSIGN(const Shape flags,
                 resolve_reduce_axes(params, context.has_input(1) ? context.input(1) : TensorView{},
                                     x.rank()));
  Walk walk;
  Shape shape;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (flags[i] != 0) {
      walk.reduced.push_back(x.shape[i]);
      walk.reduced_in.push_back(x.strides[i]);
      if (params.keepdims) shape.push_back(1);
    } else {
      walk.kept.push_back(x.shape[i]);
      walk.kept_in.push_back(x.strides[i]);
      shape.push_back(x.shape[i]);
    }
  }
  const Lane lane = lane_of(x.dtype);
  if (lane == Lane::none) return unsupported_dtype(x.dtype);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  std::size_t next = 0;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (flags[i] == 0) walk.kept_out.push_back(y.strides[params.keepdims ? i : next++]);
  }
  if (lane == Lane::signed_int && folds.signed_int.step != nullptr) {
    run(x, y, walk, folds.signed_int, folds.shift_by_max);
  } else if (lane == Lane::unsigned_int && folds.unsigned_int.step != nullptr) {
    run(x, y, walk, folds.unsigned_int, folds.shift_by_max);
  } else {
    run(x, y, walk, folds.real, folds.shift_by_max);
  }
  return {};
}

Result<void> infer_reduce(InferContext& context, DTypeSet allowed) {
  VERNIER_TRY(check_dtype(context, 0, allowed));
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const ValueType& x = context.input(0);
  const auto& params = params_as<ReduceParams>(context);
  auto axes = context.has_input(1) ? constant_ints(context, 1)
                                   : std::optional<std::vector<std::int64_t>>(std::in_place);
  if (!x.ranked || (!axes && !params.keepdims)) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  ValueType type = x;
  if (!axes) {
    for (Dim& dim : type.dims) dim = Dim::unknown();
    context.set_output(0, std::move(type));
    return {};
  }
  VERNIER_ASSIGN(std::vector<bool> flags, axis_flags(*axes, x.rank()));
  if (axes->empty() && !params.noop_with_empty_axes) flags.assign(x.rank(), true);
  type.dims.clear();
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (!flags[i]) {
      type.dims.push_back(x.dims[i]);
    } else if (params.keepdims) {
      type.dims.push_back(Dim::known(1));
    }
  }
  context.set_output(0, std::move(type));
  return {};
}

}  // namespace vernier
