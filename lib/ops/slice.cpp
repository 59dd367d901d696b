#include "ops/slice.h"

#include <algorithm>
#include <limits>

#include "ops/shapes.h"

namespace vernier {
namespace {

constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();

/// The values of an optional list input, or `count` times `fallback`; -1 as the first axis means
/// 0..
std::optional<std::vector<std::int64_t>> optional_ints(const InferContext& context, std::size_t i,
                                                       std::size_t count, std::int64_t fallback) {
  if (context.has_input(i)) return constant_ints(context, i);
  return std::vector<std::int64_t>(count, fallback);
}

Result<void> state_sliced_ints(InferContext& context, const SliceRange& range) {
  const auto elements = context.known_ints(0);
  if (!elements) return {};
  std::vector<Dim> picked;
  for (std::int64_t i = 0; i < range.count; ++i) {
    picked.push_back((*elements)[static_cast<std::size_t>(range.first + i * range.step)]);
  }
  state_ints(context, std::move(picked));
  return {};
}

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  for (std::size_t i = 1; i < 5; ++i) VERNIER_TRY(check_dtype(context, i, kIndexInts));
  if (!x.ranked) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  const auto starts = constant_ints(context, 1);
  const auto ends = constant_ints(context, 2);
  const auto starts_list = int_elements(context, 1);
  const std::size_t count = starts_list ? starts_list->size() : 0;
  auto axes = optional_ints(context, 3, count, 0);
  if (axes && !context.has_input(3)) {
    for (std::size_t i = 0; i < count; ++i) (*axes)[i] = static_cast<std::int64_t>(i);
  }
  const auto steps = optional_ints(context, 4, count, 1);
  ValueType type = x;
  if (!axes || !starts_list) {
    for (Dim& dim : type.dims) dim = Dim::unknown();
    context.set_output(0, std::move(type));
    return {};
  }
  if (axes->size() != count || (ends && ends->size() != count) ||
      (steps && steps->size() != count)) {
    return shape_error("starts, ends, axes and steps differ in length");
  }
  VERNIER_TRY(axis_flags(*axes, x.rank()));
  for (std::size_t i = 0; i < count; ++i) {
    VERNIER_ASSIGN(const std::size_t axis, normalize_axis((*axes)[i], x.rank()));
    Dim& dim = type.dims[axis];
    if (steps && (*steps)[i] == 0) return shape_error("step 0");
    if (starts && ends && steps && dim.is_known()) {
      const SliceRange range = resolve_slice((*starts)[i], (*ends)[i], (*steps)[i], dim.value);
      dim = Dim::known(range.count);
      if (x.rank() == 1) VERNIER_TRY(state_sliced_ints(context, range));
    } else if (!(starts && ends && steps && (*starts)[i] == 0 && (*ends)[i] >= kFar &&
                 (*steps)[i] == 1)) {
      dim = Dim::unknown();
    }
  }
  context.set_output(0, std::move(type));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& starts = context.input(1);
  const TensorView& ends = context.input(2);
  if (starts.rank() != 1 || ends.rank() != 1 || !(ends.shape == starts.shape)) {
    return data_shape_error("starts and ends must be lists of one length");
  }
  for (std::size_t i = 3; i < 5; ++i) {
    if (context.has_input(i) && !(context.input(i).shape == starts.shape)) {
      return data_shape_error("axes and steps must be as long as starts");
    }
  }
  const std::int64_t count = starts.shape[0];
  TensorView part = x;
  Shape seen = Shape::filled(x.rank(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    VERNIER_ASSIGN(
        const std::size_t axis,
        normalize_axis(context.has_input(3) ? int_at(context.input(3), i) : i, x.rank()));
    if (seen[axis]++ != 0) return data_shape_error("an axis is given twice");
    const std::int64_t step = context.has_input(4) ? int_at(context.input(4), i) : 1;
    if (step == 0) return data_shape_error("step 0");
    const SliceRange range = resolve_slice(int_at(starts, i), int_at(ends, i), step, x.shape[axis]);
    part.shape[axis] = range.count;
    if (range.count > 0) part.data = element_ptr(part, range.first * x.strides[axis]);
    part.strides[axis] = x.strides[axis] * range.step;
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, part.shape));
  copy_elements(part, y);
  return {};
}

}  // namespace

SliceRange resolve_slice(std::int64_t start, std::int64_t end, std::int64_t step,
                         std::int64_t size) {
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? size : size - 1;
  const auto place = [&](std::int64_t at) {
    return std::clamp(at < 0 ? at + size : at, low, std::max(low, high));
  };
  SliceRange range{place(start), 0, step};
  if (step < 0) range.first = std::min(range.first, size - 1);
  const std::int64_t distance = step > 0 ? place(end) - range.first : range.first - place(end);
  if (distance <= 0) return {0, 0, 1};
  const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step)
                                        : std::uint64_t{0} - static_cast<std::uint64_t>(step);
  range.count = static_cast<std::int64_t>((static_cast<std::uint64_t>(distance) - 1) / stride + 1);
  if (range.count <= 1) range.step = 1;
  return range;
}

const OpDef slice_op = {.domain = "",
                        .name = "Slice",
                        .since_version = 13,
                        .inputs = {3, 5},
                        .parse = parse_no_attributes,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
