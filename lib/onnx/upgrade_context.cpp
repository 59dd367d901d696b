#include "onnx/upgrade_context.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/half.h"
#include "onnx/import.h"

namespace vernier::onnx {
namespace {

Fact fact_of(const ValueType& type) {
  if (type.kind != ValueType::Kind::tensor) return {};
  return {type.dtype, type.ranked ? static_cast<int>(type.dims.size()) : -1};
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Operators whose first output has the dtype and rank of the first input.
bool keeps_rank(std::string_view op) {
  return one_of(op, {"Relu",
                     "LeakyRelu",
                     "Sigmoid",
                     "Tanh",
                     "Clip",
                     "Elu",
                     "Selu",
                     "HardSigmoid",
                     "HardSwish",
                     "Softplus",
                     "Exp",
                     "Log",
                     "Sqrt",
                     "Neg",
                     "Abs",
                     "Erf",
                     "Floor",
                     "Ceil",
                     "Identity",
                     "Dropout",
                     "Conv",
                     "ConvTranspose",
                     "MaxPool",
                     "AveragePool",
                     "GlobalAveragePool",
                     "GlobalMaxPool",
                     "BatchNormalization",
                     "InstanceNormalization",
                     "LRN",
                     "Softmax",
                     "LogSoftmax",
                     "Concat",
                     "Slice",
                     "Split",
                     "Pad",
                     "Transpose",
                     "Resize",
                     "PRelu",
                     "Reciprocal",
                     "CumSum"});
}

bool broadcasts(std::string_view op) {
  return one_of(op, {"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean"});
}

}  // namespace

UpgradeContext::UpgradeContext(ModelIr& model, GraphIr& graph,
                               const std::unordered_set<std::string_view>& used,
                               std::shared_ptr<MemoryBudget> budget)
    : model_(model), graph_(graph), used_(used), budget_(std::move(budget)) {
  for (const auto& [name, type] : graph.types) facts_.emplace(name, fact_of(type));
  for (const PortIr& port : graph.inputs) facts_.emplace(port.name, fact_of(port.type));
  for (const PortIr& port : graph.outputs) facts_.emplace(port.name, fact_of(port.type));
  for (std::size_t i = 0; i < graph.constants.size(); ++i) {
    const auto& [name, tensor] = graph.constants[i];
    facts_[name] = {tensor.dtype(), static_cast<int>(tensor.shape().size())};
    constants_.emplace(name, i);
  }
}

int UpgradeContext::standard_opset() const {
  const auto at = model_.opset_imports.find("");
  return at == model_.opset_imports.end() ? kNewestOpset : at->second;
}

Fact UpgradeContext::fact(std::string_view value) const {
  const auto at = facts_.find(value);
  return at == facts_.end() ? Fact{} : at->second;
}

const Tensor* UpgradeContext::constant(std::string_view value) const {
  const auto at = constants_.find(value);
  return at == constants_.end() ? nullptr : &graph_.constants[at->second].second;
}

std::string_view UpgradeContext::fresh(const NodeIr& node, std::string_view suffix) {
  return model_.intern(std::string(label_of(node)) + "/" + std::string(suffix) + "." +
                       std::to_string(fresh_count_++));
}

std::string_view UpgradeContext::add_constant(std::string_view name, Tensor tensor) {
  facts_[name] = {tensor.dtype(), static_cast<int>(tensor.shape().size())};
  constants_.emplace(name, graph_.constants.size());
  graph_.constants.emplace_back(name, std::move(tensor));
  return name;
}

std::string_view UpgradeContext::add_ints(const NodeIr& node, std::string_view suffix,
                                          const std::vector<std::int64_t>& values) {
  return add_constant(fresh(node, suffix), Tensor::from_int64(values));
}

Result<std::string_view> UpgradeContext::add_scalar_like(const NodeIr& node,
                                                         std::string_view suffix, float value,
                                                         std::string_view like) {
  const DType dtype = fact(like).dtype;
  if (dtype == DType::float32)
    return add_constant(fresh(node, suffix), Tensor::scalar_float(value));
  if (dtype == DType::float16 || dtype == DType::bfloat16 || dtype == DType::float64) {
    VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(dtype, Shape{}, budget_));
    if (dtype == DType::float16) {
      *tensor.mutable_as<float16>() = float16(value);
    } else if (dtype == DType::bfloat16) {
      *tensor.mutable_as<bfloat16>() = bfloat16(value);
    } else {
      *tensor.mutable_as<double>() = static_cast<double>(value);
    }
    return add_constant(fresh(node, suffix), std::move(tensor));
  }
  const auto plain = add_constant(fresh(node, suffix), Tensor::scalar_float(value));
  return emit_new(node, "CastLike", suffix, {plain, like});
}

std::string_view UpgradeContext::emit_new(const NodeIr& node, std::string_view op,
                                          std::string_view suffix,
                                          std::vector<std::string_view> inputs,
                                          std::vector<AttributeIr> attributes) {
  NodeIr made;
  const std::string_view output = fresh(node, suffix);
  made.name = output;
  made.op = op;
  made.opset = node.opset;
  made.inputs = std::move(inputs);
  made.outputs.push_back(output);
  made.attributes = std::move(attributes);
  emit(std::move(made));
  return output;
}

void UpgradeContext::emit(NodeIr node) {
  learn(node);
  nodes_.push_back(std::move(node));
}

void UpgradeContext::learn(const NodeIr& node) {
  if (node.outputs.empty() || node.outputs[0].empty() || node.inputs.empty()) return;
  if (!node.domain.empty()) return;
  Fact& known = facts_[node.outputs[0]];
  const Fact first = fact(node.inputs[0]);
  Fact fact_now;
  if (keeps_rank(node.op)) {
    fact_now = first;
  } else if (broadcasts(node.op)) {
    fact_now = first;
    for (const std::string_view input : node.inputs) {
      const Fact other = fact(input);
      if (fact_now.dtype == DType::undefined) fact_now.dtype = other.dtype;
      fact_now.rank =
          fact_now.rank < 0 || other.rank < 0 ? -1 : std::max(fact_now.rank, other.rank);
    }
  } else if (node.op == "Gemm" || node.op == "Flatten") {
    fact_now = {first.dtype, 2};
  } else if (node.op == "Reshape" && node.inputs.size() > 1) {
    const Tensor* shape = constant(node.inputs[1]);
    fact_now = {first.dtype, shape == nullptr ? -1 : static_cast<int>(shape->element_count())};
  } else if (node.op == "MatMul" && node.inputs.size() > 1) {
    const Fact second = fact(node.inputs[1]);
    const bool batched = first.rank >= 2 && second.rank >= 2;
    fact_now = {first.dtype, batched ? std::max(first.rank, second.rank) : -1};
  } else if (node.op == "Unsqueeze" || node.op == "Squeeze" || node.op.starts_with("Reduce")) {
    fact_now.dtype = first.dtype;
  }
  if (known.dtype == DType::undefined) known.dtype = fact_now.dtype;
  if (known.rank < 0) known.rank = fact_now.rank;
}

void UpgradeContext::note(const NodeIr& node, std::string_view what) {
  model_.notes.push_back("node '" + std::string(label_of(node)) + "' (" + std::string(node.op) +
                         ", opset " + std::to_string(node.opset) + "): " + std::string(what));
}

AttributeIr* find_attribute(NodeIr& node, std::string_view name) {
  const auto at = std::find_if(node.attributes.begin(), node.attributes.end(),
                               [&](const AttributeIr& a) { return a.name == name; });
  return at == node.attributes.end() ? nullptr : &*at;
}

void remove_attribute(NodeIr& node, std::string_view name) {
  node.attributes.erase(std::remove_if(node.attributes.begin(), node.attributes.end(),
                                       [&](const AttributeIr& a) { return a.name == name; }),
                        node.attributes.end());
}

AttributeIr make_attribute(std::string_view name, AttributeValue value) {
  AttributeIr attribute;
  attribute.name = name;
  attribute.value = std::move(value);
  return attribute;
}

void set_attribute(NodeIr& node, std::string_view name, AttributeValue value) {
  remove_attribute(node, name);
  node.attributes.push_back(make_attribute(name, std::move(value)));
}

namespace {

template <class T>
Result<std::optional<T>> take(NodeIr& node, std::string_view name, const char* kind) {
  AttributeIr* attribute = find_attribute(node, name);
  if (attribute == nullptr) return std::optional<T>{};
  T* value = std::get_if<T>(&attribute->value);
  if (value == nullptr || attribute->is_graph || attribute->is_graphs) {
    return invalid_model("attribute '" + std::string(name) + "' is not " + kind, "E-MODEL-ATTR");
  }
  std::optional<T> result(std::move(*value));
  remove_attribute(node, name);
  return result;
}

}  // namespace

Result<std::optional<std::vector<std::int64_t>>> take_ints(NodeIr& node, std::string_view name) {
  return take<std::vector<std::int64_t>>(node, name, "a list of ints");
}
Result<std::optional<std::int64_t>> take_int(NodeIr& node, std::string_view name) {
  return take<std::int64_t>(node, name, "an int");
}
Result<std::optional<float>> take_float(NodeIr& node, std::string_view name) {
  return take<float>(node, name, "a float");
}
Result<std::optional<std::string>> take_string(NodeIr& node, std::string_view name) {
  return take<std::string>(node, name, "a string");
}
Result<std::optional<std::vector<float>>> take_floats(NodeIr& node, std::string_view name) {
  return take<std::vector<float>>(node, name, "a list of floats");
}

void set_input(NodeIr& node, std::size_t i, std::string_view name) {
  if (node.inputs.size() <= i) node.inputs.resize(i + 1);
  node.inputs[i] = name;
}

}  // namespace vernier::onnx
