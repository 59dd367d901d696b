#include "ops/unique.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "ops/dense.h"
#include "ops/rows.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<UniqueParams>();
  if (attributes.has("axis")) {
    VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  }
  VERNIER_ASSIGN(params->sorted, attributes.get_bool("sorted", true));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  const auto& axis = params_as<UniqueParams>(context).axis;
  ValueType type = axis ? x : ValueType::of(x.dtype, {Dim::unknown()});
  if (axis && x.ranked) {
    VERNIER_ASSIGN(const std::size_t at, normalize_axis(*axis, x.rank()));
    type.dims[at] = Dim::unknown();
  }
  context.set_output(0, std::move(type));
  for (std::size_t i = 1; i < 4; ++i) {
    if (context.has_output(i)) {
      context.set_output(i, ValueType::of(DType::int64, {Dim::unknown()}));
    }
  }
  return {};
}
/// -1, 0 or 1; NaN sorts last and equals itself.
template <class T>
int compare_values(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, double>) {
    if (std::isnan(a) || std::isnan(b))
      return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  }
  return a < b ? -1 : (b < a ? 1 : 0);
}
int compare_elements(DType dtype, const std::byte* a, const std::byte* b) {
  const auto in_lane = [&](auto x, auto y) {
    load_row(dtype, a, 0, 1, &x);
    load_row(dtype, b, 0, 1, &y);
    return compare_values(x, y);
  };
  switch (lane_of(dtype)) {
    case Lane::real:
      return in_lane(0.0, 0.0);
    case Lane::signed_int:
      return in_lane(std::int64_t{0}, std::int64_t{0});
    case Lane::unsigned_int:
      return in_lane(std::uint64_t{0}, std::uint64_t{0});
    case Lane::none:
      break;
  }
  return compare_values(*reinterpret_cast<const std::string*>(a),
                        *reinterpret_cast<const std::string*>(b));
}
/// The entries to compare: entry i starts at element starts[i] and has the shape and strides given.
struct Entries {
  const std::int64_t* starts = nullptr;
  Shape shape;
  Strides strides;
};
int compare_entries(const TensorView& x, const Entries& entries, std::int64_t a, std::int64_t b) {
  int order = 0;
  for_each_offset<1>(entries.shape, {entries.strides}, [&](const auto& at) {
    if (order == 0) {
      order = compare_elements(x.dtype, element_ptr(x, entries.starts[a] + at[0]),
                               element_ptr(x, entries.starts[b] + at[0]));
    }
  });
  return order;
}
Result<void> write_list(EvalContext& context, std::size_t i, const std::int64_t* values,
                        std::int64_t count) {
  if (!context.has_output(i)) return {};
  VERNIER_ASSIGN(const MutTensorView y, context.output(i, DType::int64, {count}));
  for (std::int64_t k = 0; k < count; ++k) y.as<std::int64_t>()[k * y.strides[0]] = values[k];
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  if (lane_of(x.dtype) == Lane::none && x.dtype != DType::string) {
    return unsupported_dtype(x.dtype);
  }
  const auto& params = params_as<UniqueParams>(context);
  std::size_t axis = 0;
  if (params.axis) {
    VERNIER_ASSIGN(axis, normalize_axis(*params.axis, x.rank()));
  }
  const std::int64_t total = params.axis ? x.shape[axis] : x.element_count();
  VERNIER_ASSIGN(std::int64_t * starts, scratch_array<std::int64_t>(context, total));
  VERNIER_ASSIGN(std::int64_t * order, scratch_array<std::int64_t>(context, total));
  VERNIER_ASSIGN(std::int64_t * inverse, scratch_array<std::int64_t>(context, total));
  VERNIER_ASSIGN(std::int64_t * first, scratch_array<std::int64_t>(context, total));
  VERNIER_ASSIGN(std::int64_t * counts, scratch_array<std::int64_t>(context, total));
  Entries entries{starts, {}, {}};
  if (params.axis) {
    entries.shape = x.shape;
    entries.strides = x.strides;
    entries.shape[axis] = 1;
    for (std::int64_t i = 0; i < total; ++i) starts[i] = i * x.strides[axis];
  } else {
    std::int64_t next = 0;
    for_each_offset<1>(x.shape, {x.strides}, [&](const auto& at) { starts[next++] = at[0]; });
  }
  for (std::int64_t i = 0; i < total; ++i) order[i] = i;
  std::sort(order, order + total, [&](std::int64_t a, std::int64_t b) {
    const int c = compare_entries(x, entries, a, b);
    return c != 0 ? c < 0 : a < b;
  });
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < total; ++i) {
    if (i == 0 || compare_entries(x, entries, order[i - 1], order[i]) != 0) {
      first[found] = order[i];
      counts[found++] = 0;
    }
    inverse[order[i]] = found - 1;
    ++counts[found - 1];
  }
  if (!params.sorted) {
    // Ranks of the groups by first appearance; `order` becomes group -> rank.
    VERNIER_ASSIGN(std::int64_t * by_first, scratch_array<std::int64_t>(context, found));
    VERNIER_ASSIGN(std::int64_t * sizes, scratch_array<std::int64_t>(context, found));
    VERNIER_ASSIGN(std::int64_t * firsts, scratch_array<std::int64_t>(context, found));
    for (std::int64_t i = 0; i < found; ++i) by_first[i] = i;
    std::sort(by_first, by_first + found,
              [&](std::int64_t a, std::int64_t b) { return first[a] < first[b]; });
    for (std::int64_t i = 0; i < found; ++i) {
      order[by_first[i]] = i;
      sizes[i] = counts[by_first[i]];
      firsts[i] = first[by_first[i]];
    }
    for (std::int64_t i = 0; i < total; ++i) inverse[i] = order[inverse[i]];
    std::copy(sizes, sizes + found, counts);
    std::copy(firsts, firsts + found, first);
  }
  Shape shape{found};
  if (params.axis) {
    shape = x.shape;
    shape[axis] = found;
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  const Shape entry = params.axis ? entries.shape : Shape{};
  for (std::int64_t i = 0; i < found; ++i) {
    copy_elements(
        {element_ptr(x, starts[first[i]]), x.dtype, entry, entries.strides},
        {element_ptr(y, i * y.strides[axis]), y.dtype, entry, params.axis ? y.strides : Strides{}});
  }
  VERNIER_TRY(write_list(context, 1, first, found));
  VERNIER_TRY(write_list(context, 2, inverse, total));
  return write_list(context, 3, counts, found);
}

}  // namespace

const OpDef unique_op = {.domain = "",
                         .name = "Unique",
                         .since_version = 11,
                         .outputs = {1, 4},
                         .parse = parse,
                         .infer = infer,
                         .reference = reference};

}  // namespace vernier
