#include "ops/gather_elements.h"

#include "ops/scatter.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GatherElementsParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kIndexInts));
  const ValueType& x = context.input(0);
  ValueType type = context.input(1);
  type.dtype = x.dtype;
  if (x.ranked) {
    VERNIER_TRY(normalize_axis(params_as<GatherElementsParams>(context).axis, x.rank()));
    VERNIER_TRY(check_rank(context, 1, x.rank()));
  }
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& indices = context.input(1);
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<GatherElementsParams>(context).axis, x.rank()));
  if (!contains(kIndexInts, indices.dtype)) return unsupported_dtype(indices.dtype);
  bool fits = indices.rank() == x.rank();
  for (std::size_t i = 0; fits && i < x.rank(); ++i) {
    fits = i == axis || indices.shape[i] <= x.shape[i];
  }
  if (!fits) return data_shape_error("indices " + describe(indices) + " do not fit " + describe(x));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, indices.shape));
  Strides others = x.strides;
  others[axis] = 0;
  const ElementCopy copy = element_copy(x.dtype);
  BadIndex bad;
  for_each_offset<3>(indices.shape, {indices.strides, others, y.strides}, [&](const auto& at) {
    const std::int64_t index =
        bad.check(index_value(indices, at[0]), static_cast<std::int64_t>(axis), x.shape[axis]);
    if (index < 0) return;
    copy(element_ptr(y, at[2]), element_ptr(x, at[1] + index * x.strides[axis]));
  });
  return bad.result();
}

}  // namespace

const OpDef gather_elements_op = {.domain = "",
                                  .name = "GatherElements",
                                  .since_version = 13,
                                  .inputs = {2, 2},
                                  .parse = parse,
                                  .infer = infer,
                                  .reference = reference};

}  // namespace vernier
