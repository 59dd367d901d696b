#include "ops/scatter_elements.h"

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ScatterElementsParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  VERNIER_ASSIGN(params->reduction, parse_scatter_reduction(attributes));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kIndexInts));
  VERNIER_TRY(check_same_dtype(context, 0, 2));
  const ValueType& x = context.input(0);
  if (x.ranked) {
    VERNIER_TRY(normalize_axis(params_as<ScatterElementsParams>(context).axis, x.rank()));
    VERNIER_TRY(check_rank(context, 1, x.rank()));
    VERNIER_TRY(check_rank(context, 2, x.rank()));
  }
  context.set_output(0, x);
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& indices = context.input(1);
  const TensorView& updates = context.input(2);
  const auto& params = params_as<ScatterElementsParams>(context);
  VERNIER_ASSIGN(const std::size_t axis, normalize_axis(params.axis, x.rank()));
  if (!contains(kIndexInts, indices.dtype)) return unsupported_dtype(indices.dtype);
  bool fits =
      indices.rank() == x.rank() && indices.shape == updates.shape && updates.dtype == x.dtype;
  for (std::size_t i = 0; fits && i < x.rank(); ++i) {
    fits = i == axis || indices.shape[i] <= x.shape[i];
  }
  if (!fits) {
    return data_shape_error("indices " + describe(indices) + " and updates " + describe(updates) +
                            " do not fit " + describe(x));
  }
  VERNIER_ASSIGN(const ElementCombine combine, scatter_combine(params.reduction, x.dtype));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  copy_elements(x, y);
  Strides others = y.strides;
  others[axis] = 0;
  BadIndex bad;
  for_each_offset<3>(
      indices.shape, {indices.strides, updates.strides, others}, [&](const auto& at) {
        const std::int64_t index =
            bad.check(index_value(indices, at[0]), static_cast<std::int64_t>(axis), x.shape[axis]);
        if (index < 0) return;
        combine.apply(x.dtype, element_ptr(y, at[2] + index * y.strides[axis]),
                      element_ptr(updates, at[1]));
      });
  return bad.result();
}

}  // namespace

const OpDef scatter_elements_op = {.domain = "",
                                   .name = "ScatterElements",
                                   .since_version = 16,
                                   .inputs = {3, 3},
                                   .parse = parse,
                                   .infer = infer,
                                   .reference = reference};

}  // namespace vernier
