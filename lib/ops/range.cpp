#include "ops/range.h"

#include <cmath>

#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

constexpr DTypeSet kAllowed = kFloats | dtype_set(DType::int16, DType::int32, DType::int64);

/// Number of values; nullopt for delta 0 or too many.
std::optional<std::int64_t> count_of(std::int64_t start, std::int64_t limit, std::int64_t delta) {
  if (delta == 0) return std::nullopt;
  if (delta > 0 ? start >= limit : start <= limit) return 0;
  const std::uint64_t a = static_cast<std::uint64_t>(start);
  const std::uint64_t b = static_cast<std::uint64_t>(limit);
  const std::uint64_t distance = delta > 0 ? b - a : a - b;
  const std::uint64_t step = delta > 0 ? static_cast<std::uint64_t>(delta)
                                       : std::uint64_t{0} - static_cast<std::uint64_t>(delta);
  const std::uint64_t count = (distance - 1) / step + 1;
  if (count > (std::uint64_t{1} << 62U)) return std::nullopt;
  return static_cast<std::int64_t>(count);
}
std::optional<std::int64_t> count_of(double start, double limit, double delta) {
  const double count = std::ceil((limit - start) / delta);
  if (delta == 0.0 || !(std::fabs(count) < 0x1p62)) return std::nullopt;
  return count > 0.0 ? static_cast<std::int64_t>(count) : 0;
}
template <class T>
std::optional<std::int64_t> count_of_constants(const InferContext& context) {
  T values[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor* tensor = context.constant(i);
    if (tensor == nullptr || tensor->element_count() != 1) return std::nullopt;
    load_row(tensor->dtype(), tensor->data(), 0, 1, values + i);
  }
  return count_of(values[0], values[1], values[2]);
}
Result<void> infer(InferContext& context) {
  for (std::size_t i = 0; i < 3; ++i) {
    VERNIER_TRY(check_dtype(context, i, kAllowed));
    VERNIER_TRY(check_same_dtype(context, 0, i));
    const ValueType& x = context.input(i);
    if (x.rank() > 1 || (x.rank() == 1 && dims_differ(x.dims[0], Dim::known(1)))) {
      return shape_error("input " + std::to_string(i) + " must be a scalar");
    }
  }
  const DType dtype = common_dtype(context, 0, 1);
  if (lane_of(dtype) == Lane::real) {
    const auto count = count_of_constants<double>(context);
    context.set_output(0, ValueType::of(dtype, {count ? Dim::known(*count) : Dim::unknown()}));
    return {};
  }
  const auto start = constant_ints(context, 0);
  const auto limit = constant_ints(context, 1);
  const auto delta = constant_ints(context, 2);
  const auto single = [](const auto& list) { return list && list->size() == 1; };
  Dim dim = Dim::unknown();
  std::vector<Dim> elements;
  if (single(start) && single(delta) && single(limit)) {
    const auto count = count_of((*start)[0], (*limit)[0], (*delta)[0]);
    if (!count) return shape_error("delta is 0 or the range is too long");
    dim = Dim::known(*count);
    if (*count <= 1024 && contains(kIndexInts, dtype)) {
      for (std::int64_t i = 0; i < *count; ++i) {
        const std::int64_t value = (*start)[0] + i * (*delta)[0];
        elements.push_back(value < 0 ? Dim::unknown() : Dim::known(value));
      }
    }
  } else if (single(start) && single(delta) && (*start)[0] == 0 && (*delta)[0] == 1) {
    if (const auto symbolic = context.known_ints(1); symbolic && symbolic->size() == 1) {
      dim = (*symbolic)[0];
    }
  }
  const bool known = dim.is_known() && static_cast<std::size_t>(dim.value) == elements.size();
  context.set_output(0, ValueType::of(dtype, {dim}));
  if (known) state_ints(context, std::move(elements));
  return {};
}
template <class T>
Result<void> run(EvalContext& context) {
  T values[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const TensorView& x = context.input(i);
    if (x.element_count() != 1) return data_shape_error("the inputs must be scalars");
    load_row(x.dtype, x.data, 0, 1, values + i);
  }
  const auto count = count_of(values[0], values[1], values[2]);
  if (!count) return invalid_data("delta is 0 or the range is too long", "E-DATA-VALUE");
  const DType dtype = context.input(0).dtype;
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, {*count}));
  for (std::int64_t i = 0; i < *count; ++i) {
    const T value = values[0] + static_cast<T>(i) * values[2];
    store_row(dtype, element_ptr(y, i * y.strides[0]), 0, 1, &value);
  }
  return {};
}
Result<void> reference(EvalContext& context) {
  switch (lane_of(context.input(0).dtype)) {
    case Lane::real:
      return run<double>(context);
    case Lane::signed_int:
      return run<std::int64_t>(context);
    default:
      return unsupported_dtype(context.input(0).dtype);
  }
}

}  // namespace

const OpDef range_op = {.domain = "",
                        .name = "Range",
                        .since_version = 11,
                        .inputs = {3, 3},
                        .parse = parse_no_attributes,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
