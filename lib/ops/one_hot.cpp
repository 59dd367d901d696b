#include "ops/one_hot.h"

#include "ops/rows.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<OneHotParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", -1));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kNumbers));
  VERNIER_TRY(check_dtype(context, 1, kNumbers));
  VERNIER_TRY(check_rank(context, 2, 1));
  const ValueType& indices = context.input(0);
  const DType dtype = context.input(2).dtype;
  if (!indices.ranked) {
    context.set_output(0, ValueType::of(dtype));
    return {};
  }
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<OneHotParams>(context).axis, indices.rank() + 1));
  const auto depth = int_elements(context, 1);
  std::vector<Dim> dims = indices.dims;
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis),
              depth && depth->size() == 1 ? (*depth)[0] : Dim::unknown());
  context.set_output(0, ValueType::of(dtype, std::move(dims)));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& indices = context.input(0);
  const TensorView& depth_input = context.input(1);
  const TensorView& values = context.input(2);
  if (lane_of(indices.dtype) == Lane::none) return unsupported_dtype(indices.dtype);
  if (lane_of(depth_input.dtype) == Lane::none || depth_input.element_count() != 1) {
    return data_shape_error("depth must be one number");
  }
  if (values.rank() != 1 || values.shape[0] != 2)
    return data_shape_error("two values are expected");
  std::int64_t depth = 0;
  load_row(depth_input.dtype, depth_input.data, 0, 1, &depth);
  if (depth < 0) return data_shape_error("depth is negative");
  if (indices.rank() + 1 > kMaxRank) {
    return limit_error("the output has too many dims", "E-LIMIT-RANK");
  }
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<OneHotParams>(context).axis, indices.rank() + 1));
  Shape shape = indices.shape;
  shape.insert(axis, depth);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, values.dtype, shape));
  copy_elements({values.data, values.dtype, shape, Strides::filled(shape.size(), 0)}, y);
  const std::byte* on = element_ptr(values, values.strides[0]);
  const ElementCopy copy = element_copy(values.dtype);
  Strides outer = y.strides;
  outer.erase(axis);
  for_each_offset<2>(indices.shape, {indices.strides, outer}, [&](const auto& at) {
    std::int64_t index = 0;
    load_row(indices.dtype, element_ptr(indices, at[0]), 0, 1, &index);
    if (index < 0) index += depth;
    if (index < 0 || index >= depth) return;
    copy(element_ptr(y, at[1] + index * y.strides[axis]), on);
  });
  return {};
}

}  // namespace

const OpDef one_hot_op = {.domain = "",
                          .name = "OneHot",
                          .since_version = 11,
                          .inputs = {3, 3},
                          .parse = parse,
                          .infer = infer,
                          .reference = reference};

}  // namespace vernier
