#include "ops/top_k.h"

#include <algorithm>
#include <cmath>

#include "ops/dense.h"
#include "ops/rows.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<TopKParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", -1));
  VERNIER_ASSIGN(params->largest, attributes.get_bool("largest", true));
  VERNIER_TRY(attributes.get_bool("sorted", true));  // sorted output serves both
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kNumbers));
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  ValueType type = context.input(0);
  if (type.ranked) {
    VERNIER_ASSIGN(const std::size_t axis,
                   normalize_axis(params_as<TopKParams>(context).axis, type.rank()));
    const auto k = constant_ints(context, 1);
    if (k && k->size() == 1) {
      if ((*k)[0] < 0 || (type.dims[axis].is_known() && (*k)[0] > type.dims[axis].value)) {
        return shape_error("K is " + std::to_string((*k)[0]) + ", axis " + std::to_string(axis) +
                           " has fewer elements");
      }
      type.dims[axis] = Dim::known((*k)[0]);
    } else {
      const auto symbolic = int_elements(context, 1);
      type.dims[axis] = symbolic && symbolic->size() == 1 ? (*symbolic)[0] : Dim::unknown();
    }
  }
  context.set_output(0, type);
  type.dtype = DType::int64;
  context.set_output(1, std::move(type));
  return {};
}
template <class T>
bool before(T a, T b) {
  if constexpr (std::is_same_v<T, double>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && !std::isnan(b);
  }
  return a > b;
}
template <class T>
Result<void> run(EvalContext& context, std::size_t axis, std::int64_t k,
                 const MutTensorView& values, const MutTensorView& indices) {
  const TensorView& x = context.input(0);
  const bool largest = params_as<TopKParams>(context).largest;
  const std::int64_t size = x.shape[axis];
  VERNIER_ASSIGN(T * row, scratch_array<T>(context, size));
  VERNIER_ASSIGN(std::int64_t * order, scratch_array<std::int64_t>(context, size));
  Shape kept = x.shape;
  std::array<Strides, 3> strides = {x.strides, values.strides, indices.strides};
  kept.erase(axis);
  for (Strides& s : strides) s.erase(axis);
  const ElementCopy copy = element_copy(x.dtype);
  for_each_offset<3>(kept, strides, [&](const auto& at) {
    load_row(x.dtype, element_ptr(x, at[0]), x.strides[axis], size, row);
    for (std::int64_t i = 0; i < size; ++i) order[i] = i;
    std::partial_sort(order, order + k, order + size, [&](std::int64_t a, std::int64_t b) {
      if (largest ? before(row[a], row[b]) : before(row[b], row[a])) return true;
      if (largest ? before(row[b], row[a]) : before(row[a], row[b])) return false;
      return a < b;
    });
    for (std::int64_t i = 0; i < k; ++i) {
      copy(element_ptr(values, at[1] + i * values.strides[axis]),
           element_ptr(x, at[0] + order[i] * x.strides[axis]));
      indices.as<std::int64_t>()[at[2] + i * indices.strides[axis]] = order[i];
    }
  });
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<TopKParams>(context).axis, x.rank()));
  VERNIER_ASSIGN(const std::int64_t k, read_int(context.input(1)));
  if (k < 0 || k > x.shape[axis]) {
    return data_shape_error("K is " + std::to_string(k) + ", axis " + std::to_string(axis) +
                            " has " + std::to_string(x.shape[axis]) + " elements");
  }
  Shape shape = x.shape;
  shape[axis] = k;
  VERNIER_ASSIGN(const MutTensorView values, context.output(0, x.dtype, shape));
  VERNIER_ASSIGN(const MutTensorView indices, context.output(1, DType::int64, shape));
  switch (lane_of(x.dtype)) {
    case Lane::real:
      return run<double>(context, axis, k, values, indices);
    case Lane::signed_int:
      return run<std::int64_t>(context, axis, k, values, indices);
    case Lane::unsigned_int:
      return run<std::uint64_t>(context, axis, k, values, indices);
    case Lane::none:
      break;
  }
  return unsupported_dtype(x.dtype);
}

}  // namespace

const OpDef top_k_op = {.domain = "",
                        .name = "TopK",
                        .since_version = 11,
                        .inputs = {2, 2},
                        .outputs = {2, 2},
                        .parse = parse,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
