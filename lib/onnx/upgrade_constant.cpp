#include <utility>

#include "onnx/tensor_proto.h"
#include "onnx/upgrade_context.h"
#include "tensor/texts.h"

namespace vernier::onnx {
namespace {

Result<Tensor> strings_tensor(std::vector<std::string> values, const Shape& shape,
                              const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(DType::string, shape, budget));
  auto* out = tensor.mutable_as<std::string>();
  for (std::string& value : values) *out++ = std::move(value);
  VERNIER_TRY(charge_texts(tensor, budget));
  return tensor;
}

Result<Tensor> constant_value(AttributeIr& attribute, const std::shared_ptr<MemoryBudget>& budget) {
  AttributeValue& value = attribute.value;
  const std::string_view name = attribute.name;
  const auto length = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
  if (auto* tensor = std::get_if<Tensor>(&value); tensor != nullptr && name == "value") {
    return std::move(*tensor);
  }
  if (auto* sparse = std::get_if<SparseTensor>(&value);
      sparse != nullptr && name == "sparse_value") {
    return densify(*sparse, budget);
  }
  if (auto* number = std::get_if<float>(&value); number != nullptr && name == "value_float") {
    return Tensor::scalar_float(*number);
  }
  if (auto* number = std::get_if<std::int64_t>(&value); number != nullptr && name == "value_int") {
    return Tensor::scalar_int64(*number);
  }
  if (auto* text = std::get_if<std::string>(&value); text != nullptr && name == "value_string") {
    return strings_tensor({std::move(*text)}, Shape{}, budget);
  }
  if (auto* list = std::get_if<std::vector<float>>(&value);
      list != nullptr && name == "value_floats") {
    return Tensor::from_float(*list, Shape{length(*list)});
  }
  if (auto* list = std::get_if<std::vector<std::int64_t>>(&value);
      list != nullptr && name == "value_ints") {
    return Tensor::from_int64(*list);
  }
  if (auto* list = std::get_if<std::vector<std::string>>(&value);
      list != nullptr && name == "value_strings") {
    const Shape shape{length(*list)};
    return strings_tensor(std::move(*list), shape, budget);
  }
  return invalid_model("attribute '" + std::string(name) + "' is not a constant's value",
                       "E-MODEL-ATTR");
}

}  // namespace

Result<void> fold_constant_node(UpgradeContext& context, NodeIr node) {
  if (node.outputs.size() != 1 || !node.inputs.empty()) {
    return invalid_model("has " + std::to_string(node.inputs.size()) + " inputs and " +
                             std::to_string(node.outputs.size()) + " outputs, expected 0 and 1",
                         "E-MODEL-ARITY");
  }
  if (node.attributes.size() != 1 || node.attributes[0].is_graph || node.attributes[0].is_graphs ||
      !node.attributes[0].reference.empty()) {
    return invalid_model(
        "has " + std::to_string(node.attributes.size()) + " attributes, expected one value",
        "E-MODEL-ATTR");
  }
  VERNIER_ASSIGN(Tensor tensor, constant_value(node.attributes[0], context.budget()));
  context.add_constant(node.outputs[0], std::move(tensor));
  return {};
}

}  // namespace vernier::onnx
