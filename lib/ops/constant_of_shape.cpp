#include "ops/constant_of_shape.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ConstantOfShapeParams>();
  VERNIER_ASSIGN(auto value, attributes.get_tensor("value"));
  if (value && value->element_count() != 1) return attr_error("value must have one element");
  if (value) {
    VERNIER_ASSIGN(params->value, value->to_aligned());
  } else {
    params->value = Tensor::scalar_float(0.0F);
  }
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kInt64));
  VERNIER_TRY(check_rank(context, 0, 1));
  const Tensor& value = params_as<ConstantOfShapeParams>(context).value;
  if (const auto exact = constant_ints(context, 0)) {
    for (const std::int64_t dim : *exact) {
      if (dim < 0) return shape_error("the shape has a negative dim");
    }
  }
  auto dims = int_elements(context, 0);
  if (!dims) {
    context.set_output(0, ValueType::of(value.dtype()));
    return {};
  }
  const bool list = dims->size() <= 1 && contains(kIndexInts, value.dtype());
  const Dim count = dims->empty() ? Dim::known(1) : (*dims)[0];
  context.set_output(0, ValueType::of(value.dtype(), std::move(*dims)));
  if (list && count.is_known() && count.value <= 1024) {
    const std::int64_t element = int_at({value.data(), value.dtype(), {}, {}}, 0);
    state_ints(context, std::vector<Dim>(static_cast<std::size_t>(count.value),
                                         element < 0 ? Dim::unknown() : Dim::known(element)));
  }
  return {};
}
Result<void> reference(EvalContext& context) {
  const Tensor& value = params_as<ConstantOfShapeParams>(context).value;
  VERNIER_ASSIGN(const Shape shape, read_ints(context.input(0)));
  for (const std::int64_t dim : shape) {
    if (dim < 0) return data_shape_error("the shape has a negative dim");
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, value.dtype(), shape));
  copy_elements({value.data(), value.dtype(), shape, Strides::filled(shape.size(), 0)}, y);
  return {};
}

}  // namespace

const OpDef constant_of_shape_op = {.domain = "",
                                    .name = "ConstantOfShape",
                                    .since_version = 9,
                                    .parse = parse,
                                    .infer = infer,
                                    .reference = reference};

}  // namespace vernier
