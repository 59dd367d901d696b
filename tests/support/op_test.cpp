#include "support/op_test.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "graph/evaluate.h"
#include "graph/infer.h"
#include "ops/cast_elements.h"
#include "ops/registry.h"
#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier::test {
namespace {

constexpr std::byte kGap{0xA5};
const std::string kGapText = "gap";

/// Memory of a tensor with gaps: every stride is twice (innermost) or one element more than dense.
class Gapped {
 public:
  Gapped(DType dtype, const Shape& shape) : view_{nullptr, dtype, shape, shape} {
    std::int64_t stride = 2;
    for (std::size_t i = shape.size(); i-- > 0;) {
      view_.strides[i] = stride;
      stride = stride * std::max<std::int64_t>(shape[i], 1) + 1;
    }
    const auto count = static_cast<std::size_t>(stride + 1);
    if (dtype == DType::string) {
      strings_.assign(count, kGapText);
      view_.data = reinterpret_cast<std::byte*>(strings_.data());
    } else {
      words_.resize(count * dtype_size(dtype) / 16 + 1);
      view_.data = reinterpret_cast<std::byte*>(words_.data());
      std::memset(view_.data, static_cast<int>(kGap), words_.size() * sizeof(Word));
    }
  }
  [[nodiscard]] const MutTensorView& view() const { return view_; }
  /// Elements outside the view that were written.
  [[nodiscard]] std::size_t damaged_gaps() const {
    std::vector<bool> inside;
    const std::size_t size = dtype_size(view_.dtype);
    const std::size_t total =
        view_.dtype == DType::string ? strings_.size() : words_.size() * sizeof(Word) / size;
    inside.assign(total, false);
    for_each_offset<1>(view_.shape, {view_.strides},
                       [&](const auto& at) { inside[static_cast<std::size_t>(at[0])] = true; });
    std::size_t damaged = 0;
    for (std::size_t i = 0; i < total; ++i) {
      if (inside[i]) continue;
      if (view_.dtype == DType::string) {
        if (strings_[i] != kGapText) ++damaged;
        continue;
      }
      for (std::size_t b = 0; b < size; ++b) {
        if (view_.data[i * size + b] != kGap) {
          ++damaged;
          break;
        }
      }
    }
    return damaged;
  }

 private:
  struct alignas(16) Word {
    std::byte bytes[16];
  };
  std::vector<Word> words_;
  std::vector<std::string> strings_;
  MutTensorView view_;
};

/// An EvalContext of its own, so that the operators are not tested through the engine's.
class TestEval final : public EvalContext {
 public:
  TestEval(const OpCase& op_case, const OpParams& params, bool strided)
      : case_(op_case), params_(params), strided_(strided), outputs_(op_case.outputs) {
    for (const Tensor& input : op_case.inputs) {
      if (!input.defined()) {
        inputs_.emplace_back();
      } else if (strided) {
        held_.push_back(std::make_unique<Gapped>(input.dtype(), input.shape()));
        copy_elements(input.view(), held_.back()->view());
        inputs_.push_back(held_.back()->view());
      } else {
        inputs_.push_back(input.view());
      }
    }
  }
  [[nodiscard]] const OpParams& params() const override { return params_; }
  [[nodiscard]] int opset() const override { return case_.opset; }
  [[nodiscard]] std::size_t input_count() const override { return inputs_.size() - case_.captured; }
  [[nodiscard]] std::size_t output_count() const override { return case_.outputs; }
  [[nodiscard]] bool has_input(std::size_t i) const override {
    return i < input_count() && inputs_[i].dtype != DType::undefined;
  }
  [[nodiscard]] bool has_output(std::size_t i) const override { return i < case_.outputs; }
  [[nodiscard]] const TensorView& input(std::size_t i) const override { return inputs_[i]; }
  Result<MutTensorView> output(std::size_t i, DType dtype, const Shape& shape) override {
    if (i >= outputs_.size()) return internal_error("output index out of range");
    const auto bytes = checked_byte_count(dtype, shape);
    if (!bytes || *bytes > (std::size_t{1} << 30U)) return limit_error("output too large");
    outputs_[i] = std::make_unique<Gapped>(dtype, shape);
    if (strided_) return outputs_[i]->view();
    VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(dtype, shape));
    if (dense_.size() < outputs_.size()) dense_.resize(outputs_.size());
    dense_[i] = std::move(tensor);
    return dense_[i].mutable_view();
  }
  Result<std::span<const TensorView>> run_subgraph(std::size_t i,
                                                   std::span<const TensorView> inputs) override {
    VERNIER_ASSIGN(body_, evaluate_graph(*case_.subgraphs[i], inputs,
                                         std::span(inputs_).subspan(input_count())));
    body_views_.clear();
    for (const Tensor& tensor : body_) body_views_.push_back(tensor.view());
    return std::span<const TensorView>(body_views_);
  }
  [[nodiscard]] std::size_t subgraph_count() const override { return case_.subgraphs.size(); }
  [[nodiscard]] std::vector<ValueType> body_output_types(std::size_t i) const override {
    std::vector<ValueType> types;
    const Graph& body = *case_.subgraphs[i];
    for (const Port& port : body.outputs) types.push_back(body.value(port.value).type);
    return types;
  }
  Result<std::byte*> scratch(std::size_t bytes) override {
    VERNIER_ASSIGN(Buffer buffer, Buffer::allocate(bytes, nullptr, "scratch"));
    scratch_.push_back(std::move(buffer));
    return scratch_.back().data();
  }
  [[nodiscard]] Tensor result(std::size_t i) const {
    if (!outputs_[i]) return {};
    if (!strided_) return dense_[i];
    auto copy = Tensor::copy_of(outputs_[i]->view());
    return copy ? *copy : Tensor{};
  }
  [[nodiscard]] std::size_t damaged_gaps() const {
    std::size_t damaged = 0;
    for (const auto& output : outputs_) {
      if (output && strided_) damaged += output->damaged_gaps();
    }
    return damaged;
  }

 private:
  const OpCase& case_;
  const OpParams& params_;
  bool strided_;
  std::vector<TensorView> inputs_;
  std::vector<std::unique_ptr<Gapped>> held_;
  std::vector<std::unique_ptr<Gapped>> outputs_;
  std::vector<Tensor> dense_;
  std::vector<Tensor> body_;
  std::vector<TensorView> body_views_;
  std::vector<Buffer> scratch_;
};

Result<Params> load(const OpCase& op_case) {
  const OpDef* op = find_op(op_case.domain, op_case.name);
  if (op == nullptr) return unsupported("no operator " + op_case.name, "E-UNSUPPORTED-OP");
  const auto formal = static_cast<int>(op_case.inputs.size() - op_case.captured);
  if (formal < op->inputs.min || (op->inputs.max >= 0 && formal > op->inputs.max)) {
    return invalid_model("wrong number of inputs", "E-MODEL-ARITY");
  }
  AttrReader reader(op_case.attributes);
  VERNIER_ASSIGN(Params params, op->parse(reader, op_case.opset));
  if (const auto unread = reader.unread(); !unread.empty()) {
    return unsupported("attribute " + unread.front() + " was not read", "E-UNSUPPORTED-ATTR");
  }
  return params;
}

enum class Knowledge { constants, shapes, ranks, nothing };

struct Built {
  Graph graph;
  std::vector<ValueId> outputs;
};

Built build(const OpCase& op_case, const Params& params, Knowledge knowledge,
            const std::vector<ValueType>* types = nullptr) {
  Built built;
  Node node;
  node.name = "node";
  node.op = find_op(op_case.domain, op_case.name);
  node.opset = op_case.opset;
  node.parameters = params;
  node.captured = op_case.captured;
  for (const GraphPtr& body : op_case.subgraphs) {
    node.subgraphs.push_back(std::make_shared<Graph>(*body));
  }
  const std::size_t count = types != nullptr ? types->size() : op_case.inputs.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "x" + std::to_string(i);
    const Tensor tensor = i < op_case.inputs.size() ? op_case.inputs[i] : Tensor{};
    if (types == nullptr && !tensor.defined()) {
      node.inputs.push_back(ValueId::none);
      continue;
    }
    if (knowledge == Knowledge::constants && tensor.defined()) {
      node.inputs.push_back(built.graph.add_constant(name, tensor));
      continue;
    }
    ValueType type = types != nullptr ? (*types)[i] : ValueType::of(tensor.dtype(), tensor.shape());
    if (knowledge == Knowledge::ranks) {
      for (std::size_t k = 0; k < type.dims.size(); ++k) {
        type.dims[k] = Dim::named(name + "_" + std::to_string(k));
      }
    } else if (knowledge == Knowledge::nothing) {
      type = ValueType::of(type.dtype);
    }
    const ValueId id = built.graph.add_value(name, type);
    built.graph.inputs.push_back({name, id});
    node.inputs.push_back(id);
  }
  for (std::size_t i = 0; i < op_case.outputs; ++i) {
    built.outputs.push_back(built.graph.add_value("y" + std::to_string(i)));
    built.graph.outputs.push_back({"y" + std::to_string(i), built.outputs.back()});
    node.outputs.push_back(built.outputs.back());
  }
  built.graph.add_node(std::move(node));
  return built;
}

/// Whether a tensor can be of a type.
bool fits(const Tensor& tensor, const ValueType& type) {
  if (type.dtype != DType::undefined && type.dtype != tensor.dtype()) return false;
  if (!type.ranked) return true;
  if (type.rank() != tensor.shape().size()) return false;
  for (std::size_t i = 0; i < type.rank(); ++i) {
    if (type.dims[i].is_known() && type.dims[i].value != tensor.shape()[i]) return false;
  }
  return true;
}

std::string check_inference(const OpCase& op_case, const Params& params,
                            const std::vector<Tensor>& outputs) {
  for (const Knowledge knowledge :
       {Knowledge::constants, Knowledge::shapes, Knowledge::ranks, Knowledge::nothing}) {
    Built built = build(op_case, params, knowledge);
    const std::string level = " (knowledge " + std::to_string(static_cast<int>(knowledge)) + ")";
    if (auto result = infer_types(built.graph); !result) {
      return "inference fails: " + format_error(result.error()) + level;
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const ValueType& type = built.graph.value(built.outputs[i]).type;
      if (type.dtype == DType::undefined) return "inference gives no dtype" + level;
      if (!fits(outputs[i], type)) {
        return "inferred " + to_string(type) + ", produced " + describe(outputs[i].view()) + level;
      }
    }
  }
  return "";
}

template <class T>
std::string element_text(T value) {
  return std::to_string(value);
}

}  // namespace

Tensor floats(const Shape& shape, const std::vector<float>& values) {
  return Tensor::from_float(values, shape);
}
Tensor ints(const Shape& shape, const std::vector<std::int64_t>& values) {
  return Tensor::from_int64(values, shape);
}
Tensor bools(const Shape& shape, const std::vector<bool>& values) {
  Tensor tensor = *Tensor::allocate(DType::boolean, shape);
  for (std::size_t i = 0; i < values.size(); ++i) tensor.mutable_as<bool>()[i] = values[i];
  return tensor;
}
Tensor strings(const Shape& shape, const std::vector<std::string>& values) {
  Tensor tensor = *Tensor::allocate(DType::string, shape);
  for (std::size_t i = 0; i < values.size(); ++i) tensor.mutable_as<std::string>()[i] = values[i];
  return tensor;
}
Tensor numbers(DType dtype, const Shape& shape, const std::vector<double>& values) {
  Tensor tensor = *Tensor::allocate(dtype, shape);
  if (static_cast<std::int64_t>(values.size()) != tensor.element_count()) return {};
  const TensorView source{reinterpret_cast<const std::byte*>(values.data()), DType::float64, shape,
                          dense_strides(shape)};
  CastOptions options;
  options.saturate = false;  // infinities stay
  return cast_elements(source, tensor.mutable_view(), options) ? tensor : Tensor{};
}

std::string mismatch(const Tensor& actual, const Tensor& expected, double rtol, double atol) {
  if (actual.dtype() != expected.dtype() || !(actual.shape() == expected.shape())) {
    return "got " + describe(actual.view()) + ", expected " + describe(expected.view());
  }
  const DType dtype = actual.dtype();
  for (std::int64_t i = 0; i < actual.element_count(); ++i) {
    const std::byte* a = element_ptr(actual.view(), i);
    const std::byte* b = element_ptr(expected.view(), i);
    const std::string where = "element " + std::to_string(i) + ": got ";
    if (lane_of(dtype) == Lane::real) {
      double x = 0.0;
      double y = 0.0;
      load_row(dtype, a, 0, 1, &x);
      load_row(dtype, b, 0, 1, &y);
      const bool same = (std::isnan(x) && std::isnan(y)) || x == y ||
                        std::fabs(x - y) <= atol + rtol * std::fabs(y);
      if (!same) return where + std::to_string(x) + ", expected " + std::to_string(y);
    } else if (dtype == DType::string) {
      const auto& x = *reinterpret_cast<const std::string*>(a);
      const auto& y = *reinterpret_cast<const std::string*>(b);
      if (x != y) return where + "'" + x + "', expected '" + y + "'";
    } else if (std::memcmp(a, b, dtype_size(dtype)) != 0) {
      std::int64_t x = 0;
      std::int64_t y = 0;
      load_row(dtype, a, 0, 1, &x);
      load_row(dtype, b, 0, 1, &y);
      return where + element_text(x) + ", expected " + element_text(y);
    }
  }
  return "";
}

std::string check_op(const OpCase& op_case, const std::vector<Tensor>& expected) {
  auto params = load(op_case);
  if (!params) return format_error(params.error());
  const OpDef* op = find_op(op_case.domain, op_case.name);
  TestEval dense(op_case, **params, false);
  TestEval gapped(op_case, **params, true);
  if (auto result = op->reference(dense); !result) return format_error(result.error());
  if (auto result = op->reference(gapped); !result) return format_error(result.error());
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < op_case.outputs; ++i) {
    outputs.push_back(dense.result(i));
    if (!outputs.back().defined()) return "output " + std::to_string(i) + " was not made";
    if (i < expected.size() && expected[i].defined()) {
      const std::string wrong = mismatch(outputs[i], expected[i], op_case.rtol, op_case.atol);
      if (!wrong.empty()) return "output " + std::to_string(i) + ", " + wrong;
    }
    const std::string wrong = mismatch(gapped.result(i), outputs[i], 0.0, 0.0);
    if (!wrong.empty()) return "strided output " + std::to_string(i) + ", " + wrong;
  }
  if (expected.size() != op_case.outputs) return "the case lists another number of outputs";
  if (gapped.damaged_gaps() != 0) return "gaps between elements were written";
  return check_inference(op_case, *params, outputs);
}

std::vector<Tensor> run_op(const OpCase& op_case) {
  auto params = load(op_case);
  if (!params) return {};
  TestEval dense(op_case, **params, false);
  if (!find_op(op_case.domain, op_case.name)->reference(dense)) return {};
  std::vector<Tensor> outputs;
  for (std::size_t i = 0; i < op_case.outputs; ++i) outputs.push_back(dense.result(i));
  return outputs;
}

std::string load_error(const OpCase& op_case) {
  auto params = load(op_case);
  if (!params) return params.error().id;
  Built built = build(op_case, *params, Knowledge::constants);
  auto result = infer_types(built.graph);
  return result ? "" : result.error().id;
}

std::string run_error(const OpCase& op_case) {
  auto params = load(op_case);
  if (!params) return params.error().id;
  TestEval eval(op_case, **params, false);
  auto result = find_op(op_case.domain, op_case.name)->reference(eval);
  return result ? "" : result.error().id;
}

std::string inferred(const OpCase& op_case, const std::vector<ValueType>& inputs) {
  OpCase counted = op_case;
  counted.inputs.resize(std::max(inputs.size(), op_case.inputs.size()));
  auto params = load(counted);
  if (!params) return params.error().id;
  Built built = build(op_case, *params, Knowledge::constants, &inputs);
  if (auto result = infer_types(built.graph); !result) return result.error().id;
  std::string text;
  for (const ValueId id : built.outputs) {
    text += (text.empty() ? "" : ", ") + to_string(built.graph.value(id).type);
  }
  return text;
}

}  // namespace vernier::test
