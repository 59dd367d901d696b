#include "ops/constant.h"

#include <string>
#include <vector>

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Tensor> string_tensor(const std::vector<std::string>& values, const Shape& shape) {
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(DType::string, shape));
  for (std::size_t i = 0; i < values.size(); ++i) tensor.mutable_as<std::string>()[i] = values[i];
  return tensor;
}
template <class T>
Shape list_shape(const std::vector<T>& values) {
  return {static_cast<std::int64_t>(values.size())};
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ConstantParams>();
  int given = 0;
  VERNIER_ASSIGN(auto tensor, attributes.get_tensor("value"));
  if (tensor) {
    ++given;
    VERNIER_ASSIGN(params->value, tensor->to_aligned());
  }
  if (attributes.has("value_int")) {
    ++given;
    VERNIER_ASSIGN(const std::int64_t value, attributes.get_int("value_int", 0));
    params->value = Tensor::scalar_int64(value);
  }
  if (attributes.has("value_ints")) {
    ++given;
    VERNIER_ASSIGN(const auto values, attributes.get_ints("value_ints"));
    params->value = Tensor::from_int64(values);
  }
  if (attributes.has("value_float")) {
    ++given;
    VERNIER_ASSIGN(const float value, attributes.get_float("value_float", 0.0F));
    params->value = Tensor::scalar_float(value);
  }
  if (attributes.has("value_floats")) {
    ++given;
    VERNIER_ASSIGN(const auto values, attributes.get_floats("value_floats"));
    params->value = Tensor::from_float(values, list_shape(values));
  }
  if (attributes.has("value_string")) {
    ++given;
    VERNIER_ASSIGN(const std::string value, attributes.get_string("value_string", ""));
    VERNIER_ASSIGN(params->value, string_tensor({value}, Shape{}));
  }
  if (attributes.has("value_strings")) {
    ++given;
    VERNIER_ASSIGN(const auto values, attributes.get_strings("value_strings"));
    VERNIER_ASSIGN(params->value, string_tensor(values, list_shape(values)));
  }
  if (given != 1) return attr_error("exactly one value attribute is expected");
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  const Tensor& value = params_as<ConstantParams>(context).value;
  context.set_output(0, ValueType::of(value.dtype(), value.shape()));
  if (!contains(kIndexInts, value.dtype()) || value.shape().size() > 1 ||
      value.element_count() > 1024) {
    return {};
  }
  std::vector<Dim> elements;
  const TensorView view = value.view();
  for (std::int64_t i = 0; i < view.element_count(); ++i) {
    const std::int64_t element = int_at(view, i);
    elements.push_back(element < 0 ? Dim::unknown() : Dim::known(element));
  }
  state_ints(context, std::move(elements));
  return {};
}
Result<void> reference(EvalContext& context) {
  const Tensor& value = params_as<ConstantParams>(context).value;
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, value.dtype(), value.shape()));
  copy_elements(value.view(), y);
  return {};
}

}  // namespace

const OpDef constant_op = {.domain = "",
                           .name = "Constant",
                           .since_version = 13,
                           .inputs = {0, 0},
                           .parse = parse,
                           .infer = infer,
                           .reference = reference};

}  // namespace vernier
