#include "onnx/node_form.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "onnx/import.h"
#include "onnx/schema.h"
#include "tensor/element.h"

namespace vernier::onnx {
namespace {

Error blocked(std::string why) { return unsupported(std::move(why), "E-EXPORT-OPSET"); }

/// A node on its way to an older form.
struct Draft {
  const Graph& graph;
  const Node& node;
  int opset;
  NodeForm form;

  [[nodiscard]] bool has(std::size_t i) const {
    if (i >= form.inputs.size()) return false;
    const auto* id = std::get_if<ValueId>(&form.inputs[i]);
    return id == nullptr || *id != ValueId::none;
  }
  [[nodiscard]] const Attribute* find(std::string_view name) const {
    for (const Attribute& attribute : form.attributes) {
      if (attribute.name == name) return &attribute;
    }
    return nullptr;
  }
  void drop(std::string_view name) {
    std::erase_if(form.attributes, [&](const Attribute& a) { return a.name == name; });
  }
  void set(std::string_view name, AttributeValue value) {
    drop(name);
    form.attributes.push_back({std::string(name), std::move(value)});
  }
  void omit(std::size_t i) {
    if (i < form.inputs.size()) form.inputs[i] = ValueId::none;
  }
  [[nodiscard]] Result<const Tensor*> constant(std::size_t i) const {
    const auto id = std::get<ValueId>(form.inputs[i]);
    if (!graph.is_constant(id)) {
      return blocked("input " + std::to_string(i) +
                     " would have to be a constant, because it is an attribute in that opset");
    }
    return &*graph.value(id).constant;
  }
  [[nodiscard]] std::optional<std::size_t> rank(std::size_t i) const {
    const auto* id = std::get_if<ValueId>(&form.inputs[i]);
    if (id == nullptr || *id == ValueId::none || !graph.value(*id).type.ranked) return std::nullopt;
    return graph.value(*id).type.rank();
  }
};

Result<std::vector<std::int64_t>> integers(const Tensor& tensor) {
  VERNIER_ASSIGN(const Tensor aligned, tensor.to_aligned());
  std::vector<std::int64_t> out;
  if (tensor.dtype() == DType::int64) {
    const auto all = aligned.span<std::int64_t>();
    out.assign(all.begin(), all.end());
  } else if (tensor.dtype() == DType::int32) {
    const auto all = aligned.span<std::int32_t>();
    out.assign(all.begin(), all.end());
  } else {
    return blocked("a constant is not of integers");
  }
  return out;
}

enum class Kind : std::uint8_t { ints, one_int, one_float };

/// An input that was an attribute before `below`.
struct Moved {
  std::string_view op;
  int below;
  std::size_t input;
  std::string_view attribute;
  Kind kind;
};
constexpr Moved kMoved[] = {
    {"Squeeze", 13, 1, "axes", Kind::ints},
    {"Unsqueeze", 13, 1, "axes", Kind::ints},
    {"Split", 13, 1, "split", Kind::ints},
    {"ReduceSum", 13, 1, "axes", Kind::ints},
    {"ReduceL1", 18, 1, "axes", Kind::ints},
    {"ReduceL2", 18, 1, "axes", Kind::ints},
    {"ReduceLogSum", 18, 1, "axes", Kind::ints},
    {"ReduceLogSumExp", 18, 1, "axes", Kind::ints},
    {"ReduceMax", 18, 1, "axes", Kind::ints},
    {"ReduceMean", 18, 1, "axes", Kind::ints},
    {"ReduceMin", 18, 1, "axes", Kind::ints},
    {"ReduceProd", 18, 1, "axes", Kind::ints},
    {"ReduceSumSquare", 18, 1, "axes", Kind::ints},
    {"Clip", 11, 1, "min", Kind::one_float},
    {"Clip", 11, 2, "max", Kind::one_float},
    {"Pad", 11, 1, "pads", Kind::ints},
    {"Pad", 11, 2, "value", Kind::one_float},
    {"Slice", 10, 1, "starts", Kind::ints},
    {"Slice", 10, 2, "ends", Kind::ints},
    {"Slice", 10, 3, "axes", Kind::ints},
    {"TopK", 10, 1, "k", Kind::one_int},
    {"Dropout", 12, 1, "ratio", Kind::one_float},
    {"DFT", 20, 2, "axis", Kind::one_int},
};

Result<void> move_back(Draft& draft, const Moved& moved) {
  if (!draft.has(moved.input)) return {};
  VERNIER_ASSIGN(const Tensor* tensor, draft.constant(moved.input));
  if (moved.kind == Kind::one_float) {
    if (tensor->dtype() != DType::float32 || tensor->element_count() != 1) {
      return blocked("the constant of attribute '" + std::string(moved.attribute) +
                     "' is not one float");
    }
    VERNIER_ASSIGN(const Tensor aligned, tensor->to_aligned());
    draft.set(moved.attribute, *aligned.as<float>());
  } else {
    VERNIER_ASSIGN(auto values, integers(*tensor));
    if (moved.kind == Kind::one_int) {
      if (values.size() != 1) return blocked("a constant is not one integer");
      draft.set(moved.attribute, values.front());
    } else if (!values.empty()) {  // no axes: all of them
      draft.set(moved.attribute, std::move(values));
      draft.drop("noop_with_empty_axes");
    }
  }
  draft.omit(moved.input);
  return {};
}

Result<void> spell_softmax(Draft& draft) {
  if (draft.opset >= 13) return {};
  const auto rank = draft.rank(0);
  const Attribute* given = draft.find("axis");
  const std::int64_t axis = given == nullptr ? -1 : std::get<std::int64_t>(given->value);
  if (!rank) return blocked("the rank of the input is not known");
  const auto& dims = draft.graph.value(draft.node.inputs[0]).type.dims;
  const auto size = static_cast<std::int64_t>(*rank);
  const std::int64_t at = axis < 0 ? axis + size : axis;
  const bool alone = at >= 0 && at < size &&
                     std::all_of(dims.begin() + at + 1, dims.end(),
                                 [](const Dim& dim) { return dim == Dim::known(1); });
  if (!alone) {
    return blocked("before opset 13 all axes from the given one on are taken together");
  }
  draft.set("axis", at);
  return {};
}

/// Without allowzero a 0 in the shape copies the size at its place.
Result<void> spell_reshape(Draft& draft) {
  const Attribute* given = draft.find("allowzero");
  if (draft.opset >= 14 || given == nullptr || std::get<std::int64_t>(given->value) == 0) return {};
  const ValueType& from = draft.graph.value(draft.node.inputs[0]).type;
  const ValueType& to = draft.graph.value(draft.node.outputs[0]).type;
  bool same = to.ranked;
  for (std::size_t i = 0; same && i < to.rank(); ++i) {
    const bool copied = i < from.rank() && !to.dims[i].symbol.empty() && to.dims[i] == from.dims[i];
    same = to.dims[i].value > 0 || copied;
  }
  if (same) draft.drop("allowzero");
  return {};
}

/// Equal parts need no sizes; sizes are an input only.
Result<void> spell_split(Draft& draft) {
  if (draft.opset >= 18 || draft.has(1)) return {};
  const Attribute* given = draft.find("axis");
  const std::int64_t axis = given == nullptr ? 0 : std::get<std::int64_t>(given->value);
  const auto& type = draft.graph.value(draft.node.inputs[0]).type;
  const auto parts = static_cast<std::int64_t>(draft.node.outputs.size());
  const auto rank = static_cast<std::int64_t>(type.rank());
  const std::int64_t at = axis < 0 ? axis + rank : axis;
  const bool equal = type.ranked && at >= 0 && at < rank &&
                     type.dims[static_cast<std::size_t>(at)].is_known() &&
                     type.dims[static_cast<std::size_t>(at)].value % parts == 0;
  if (!equal) return blocked("before opset 18 parts without given sizes must be equal");
  draft.drop("num_outputs");
  return {};
}

Result<void> spell_resize(Draft& draft) {
  if (draft.opset < 11) return blocked("before opset 11 Resize maps coordinates differently");
  if (draft.opset >= 13) return {};
  draft.form.inputs.resize(std::max<std::size_t>(3, draft.form.inputs.size()), ValueId::none);
  for (const std::size_t i :
       {std::size_t{1}, std::size_t{2}}) {  // roi and scales: empty, not absent
    if (!draft.has(i)) draft.form.inputs[i] = Tensor::from_float({}, Shape{0});
  }
  return {};
}

Result<void> spell_grid_sample(Draft& draft) {
  const Attribute* mode = draft.find("mode");
  if (draft.opset >= 20 || mode == nullptr) return {};
  const auto& text = std::get<std::string>(mode->value);
  if (text == "linear") draft.set("mode", std::string("bilinear"));
  if (text == "cubic") draft.set("mode", std::string("bicubic"));
  return {};
}

/// Pads of some axes become those of all.
Result<void> spell_pad(Draft& draft) {
  if (draft.opset >= 18 || !draft.has(3)) return {};
  const auto rank = draft.rank(0);
  if (!rank) return blocked("the rank of the input is not known");
  VERNIER_ASSIGN(const Tensor* pads, draft.constant(1));
  VERNIER_ASSIGN(const Tensor* axes, draft.constant(3));
  VERNIER_ASSIGN(const auto some, integers(*pads));
  VERNIER_ASSIGN(const auto which, integers(*axes));
  std::vector<std::int64_t> all(2 * *rank, 0);
  for (std::size_t i = 0; i < which.size(); ++i) {
    const std::int64_t axis = which[i] < 0 ? which[i] + static_cast<std::int64_t>(*rank) : which[i];
    if (axis < 0 || axis >= static_cast<std::int64_t>(*rank) || some.size() != 2 * which.size()) {
      return blocked("pads and axes do not fit");
    }
    all[static_cast<std::size_t>(axis)] = some[i];
    all[static_cast<std::size_t>(axis) + *rank] = some[i + which.size()];
  }
  draft.omit(3);
  if (draft.opset < 11) {
    draft.set("pads", std::move(all));
    draft.omit(1);
  } else {
    draft.form.inputs[1] = Tensor::from_int64(all);
  }
  return {};
}

Result<void> spell_slice(Draft& draft) {
  if (draft.opset >= 10 || !draft.has(4)) return {};
  VERNIER_ASSIGN(const Tensor* steps, draft.constant(4));
  VERNIER_ASSIGN(const auto values, integers(*steps));
  if (std::any_of(values.begin(), values.end(), [](std::int64_t step) { return step != 1; })) {
    return blocked("steps begin with opset 10");
  }
  draft.omit(4);
  return {};
}

Result<void> spell_gemm(Draft& draft) {
  if (draft.opset >= 11 || draft.has(2)) return {};
  if (draft.graph.value(draft.node.inputs[0]).type.dtype != DType::float32) {
    return blocked("before opset 11 C must be given");
  }
  draft.form.inputs.resize(3, ValueId::none);
  draft.form.inputs[2] = Tensor::scalar_float(0.0F);
  return {};
}

struct Spelling {
  std::string_view op;
  Result<void> (*apply)(Draft& draft);
};
constexpr Spelling kSpellings[] = {
    {"Softmax", spell_softmax},
    {"LogSoftmax", spell_softmax},
    {"Hardmax", spell_softmax},
    {"Split", spell_split},
    {"Resize", spell_resize},
    {"Pad", spell_pad},
    {"GridSample", spell_grid_sample},
    {"Slice", spell_slice},
    {"Gemm", spell_gemm},
    {"Reshape", spell_reshape},
};

std::string text_of(const AttributeValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return {};
}

/// Whether an attribute says what a node without it means.
bool says_nothing(const Attribute& attribute, const OpSchema& newest) {
  if (const auto usual = newest.default_of(attribute.name)) {
    if (const auto* number = std::get_if<float>(&attribute.value)) {
      float parsed = 0.0F;
      const auto result = std::from_chars(usual->data(), usual->data() + usual->size(), parsed);
      return result.ec == std::errc{} && parsed == *number;
    }
    return text_of(attribute.value) == *usual;
  }
  const auto* list = std::get_if<std::vector<std::int64_t>>(&attribute.value);
  return attribute.name == "dilations" && list != nullptr &&
         std::all_of(list->begin(), list->end(), [](std::int64_t v) { return v == 1; });
}

AttributeValue parse_default(std::string_view text) {
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec == std::errc{} && result.ptr == text.data() + text.size()) return number;
  return std::string(text);
}

int attribute_since(std::string_view op, std::string_view attribute) {
  for (int opset = 1; opset <= kNewestOpset; ++opset) {
    const OpSchema* schema = find_schema(op, opset);
    if (schema != nullptr && schema->has_attribute(attribute)) return opset;
  }
  return kNewestOpset;
}

Result<void> fit_attributes(Draft& draft, const OpSchema& schema, const OpSchema& newest) {
  const std::string_view op = draft.node.op->name;
  std::vector<Attribute> kept;
  for (Attribute& attribute : draft.form.attributes) {
    if (!schema.has_attribute(attribute.name)) {
      if (says_nothing(attribute, newest)) continue;
      return blocked("attribute '" + attribute.name + "' begins with opset " +
                     std::to_string(attribute_since(op, attribute.name)));
    }
    kept.push_back(std::move(attribute));
  }
  draft.form.attributes = std::move(kept);
  std::string_view rest = newest.attributes;
  while (!rest.empty()) {  // a default that is another one in the newest form
    const std::string_view entry = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    const std::size_t at = entry.find('=');
    const std::string_view name = entry.substr(0, at);
    const auto old = schema.default_of(name);
    if (at == std::string_view::npos || !old || *old == entry.substr(at + 1)) continue;
    if (draft.find(name) == nullptr) draft.set(name, parse_default(entry.substr(at + 1)));
  }
  return {};
}

Result<void> fit_ports(Draft& draft, const OpSchema& schema,
                       const std::map<ValueId, DType>& types) {
  auto& inputs = draft.form.inputs;
  while (!inputs.empty() && !draft.has(inputs.size() - 1)) inputs.pop_back();
  const auto count = static_cast<int>(inputs.size());
  if (schema.inputs.max >= 0 && count > schema.inputs.max) {
    return blocked("it takes at most " + std::to_string(schema.inputs.max) + " inputs");
  }
  if (count < schema.inputs.min) {
    return blocked("it takes at least " + std::to_string(schema.inputs.min) + " inputs");
  }
  const auto dtype_of = [&](ValueId id) {
    const auto given = types.find(id);
    if (given != types.end()) return given->second;
    const ValueType& type = draft.graph.value(id).type;
    return type.kind == ValueType::Kind::tensor ? type.dtype : DType::undefined;
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto* id = std::get_if<ValueId>(&inputs[i]);
    if (id == nullptr || *id == ValueId::none) continue;
    const DType dtype = dtype_of(*id);
    if (dtype != DType::undefined && !schema.allows_input(i, dtype)) {
      return blocked("input " + std::to_string(i) + " cannot be " + std::string(dtype_name(dtype)));
    }
  }
  for (std::size_t i = 0; i < draft.node.outputs.size(); ++i) {
    const ValueId id = draft.node.outputs[i];
    if (id == ValueId::none) continue;
    const DType dtype = dtype_of(id);
    if (dtype != DType::undefined && !schema.allows_output(i, dtype)) {
      return blocked("output " + std::to_string(i) + " cannot be " +
                     std::string(dtype_name(dtype)));
    }
  }
  return {};
}

}  // namespace

Result<NodeForm> form_at(const Graph& graph, const Node& node, int opset,
                         const std::map<ValueId, DType>& types) {
  Draft draft{graph, node, opset, {}};
  for (std::size_t i = 0; i < node.formal_input_count(); ++i) {
    draft.form.inputs.emplace_back(node.inputs[i]);
  }
  draft.form.attributes = node.attributes;
  if (node.op->domain == "vernier") {
    return unsupported("it is one of vernier's own operators, which no file can hold",
                       "E-EXPORT-OPERATOR");
  }
  const OpSchema* newest =
      node.op->domain.empty() ? find_schema(node.op->name, kNewestOpset) : nullptr;
  if (newest == nullptr) return std::move(draft.form);
  const OpSchema* schema = find_schema(node.op->name, opset);
  if (schema == nullptr) {
    return blocked("the operator begins with opset " + std::to_string(first_opset(node.op->name)));
  }
  if (schema->deprecated) return blocked("the operator is deprecated");
  if (schema != newest) {
    for (const Spelling& spelling : kSpellings) {
      if (spelling.op == node.op->name) VERNIER_TRY(spelling.apply(draft));
    }
    for (const Moved& moved : kMoved) {
      if (moved.op == node.op->name && opset < moved.below) VERNIER_TRY(move_back(draft, moved));
    }
    VERNIER_TRY(fit_attributes(draft, *schema, *newest));
  }
  VERNIER_TRY(fit_ports(draft, *schema, types));
  return std::move(draft.form);
}

}  // namespace vernier::onnx
