#include <utility>

#include "onnx/upgrade_context.h"

namespace vernier::onnx {

Result<void> upgrade_axes(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(auto axes, take_ints(node, "axes"));
  if (node.op == "Unsqueeze" && !axes) {
    return invalid_model("attribute 'axes' is missing", "E-MODEL-ATTR");
  }
  if (axes && !axes->empty()) {
    if (node.inputs.size() != 1) {
      return invalid_model("has " + std::to_string(node.inputs.size()) + " inputs, expected 1",
                           "E-MODEL-ARITY");
    }
    set_input(node, 1, context.add_ints(node, "axes", *axes));
    context.note(node, "attribute axes became an input");
  }
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_slice(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(auto starts, take_ints(node, "starts"));
  VERNIER_ASSIGN(auto ends, take_ints(node, "ends"));
  VERNIER_ASSIGN(auto axes, take_ints(node, "axes"));
  if (!starts || !ends) return invalid_model("starts or ends are missing", "E-MODEL-ATTR");
  if (starts->size() != ends->size() || (axes && axes->size() != starts->size())) {
    return invalid_model("starts, ends and axes differ in length", "E-MODEL-ATTR");
  }
  if (node.inputs.size() != 1) return invalid_model("expected one input", "E-MODEL-ARITY");
  set_input(node, 1, context.add_ints(node, "starts", *starts));
  set_input(node, 2, context.add_ints(node, "ends", *ends));
  if (axes) set_input(node, 3, context.add_ints(node, "axes", *axes));
  context.note(node, "attributes starts, ends, axes became inputs");
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_split(UpgradeContext& context, NodeIr node) {
  if (node.opset < 13) {
    VERNIER_ASSIGN(auto split, take_ints(node, "split"));
    if (split) {
      if (node.inputs.size() != 1) return invalid_model("expected one input", "E-MODEL-ARITY");
      set_input(node, 1, context.add_ints(node, "split", *split));
      context.note(node, "attribute split became an input");
    }
  }
  if (node.inputs.size() < 2) {
    set_attribute(node, "num_outputs", static_cast<std::int64_t>(node.outputs.size()));
    context.note(node, "the number of outputs became attribute num_outputs");
  }
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_pad(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(auto pads, take_ints(node, "pads"));
  VERNIER_ASSIGN(const auto value, take_float(node, "value"));
  if (!pads) return invalid_model("attribute 'pads' is missing", "E-MODEL-ATTR");
  if (node.inputs.size() != 1) return invalid_model("expected one input", "E-MODEL-ARITY");
  set_input(node, 1, context.add_ints(node, "pads", *pads));
  const AttributeIr* mode = find_attribute(node, "mode");
  const std::string* mode_text = mode == nullptr ? nullptr : std::get_if<std::string>(&mode->value);
  const bool constant = mode == nullptr || (mode_text != nullptr && *mode_text == "constant");
  if (constant && value && *value != 0.0F) {
    VERNIER_ASSIGN(const auto name, context.add_scalar_like(node, "value", *value, node.inputs[0]));
    set_input(node, 2, name);
  }
  context.note(node, "attributes pads and value became inputs");
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_top_k(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(const auto k, take_int(node, "k"));
  if (!k) return invalid_model("attribute 'k' is missing", "E-MODEL-ATTR");
  if (node.inputs.size() != 1) return invalid_model("expected one input", "E-MODEL-ARITY");
  set_input(node, 1, context.add_ints(node, "k", {*k}));
  context.note(node, "attribute k became an input");
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_scatter(UpgradeContext& context, NodeIr node) {
  context.note(node, "replaced by ScatterElements");
  node.op = "ScatterElements";
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_dft(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(const auto axis, take_int(node, "axis"));
  if (node.inputs.empty() || node.inputs.size() > 2) {
    return invalid_model("expected one or two inputs", "E-MODEL-ARITY");
  }
  const auto name =
      context.add_constant(context.fresh(node, "axis"), Tensor::scalar_int64(axis.value_or(1)));
  set_input(node, 2, name);
  context.note(node, "attribute axis became an input");
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_scan(UpgradeContext& /*context*/, NodeIr /*node*/) {
  return unsupported("the batched Scan of opset 8 has no newer equal", "E-UNSUPPORTED-OPSET");
}

}  // namespace vernier::onnx
