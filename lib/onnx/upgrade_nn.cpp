#include <limits>
#include <utility>

#include "onnx/upgrade_context.h"

namespace vernier::onnx {

Result<void> upgrade_clip(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(const auto low, take_float(node, "min"));
  VERNIER_ASSIGN(const auto high, take_float(node, "max"));
  if (node.inputs.size() != 1) return invalid_model("expected one input", "E-MODEL-ARITY");
  const std::string_view x = node.inputs[0];
  // The old defaults are the limits of float, which mean "no limit".
  if (low && *low != std::numeric_limits<float>::lowest()) {
    VERNIER_ASSIGN(const auto name, context.add_scalar_like(node, "min", *low, x));
    set_input(node, 1, name);
  }
  if (high && *high != std::numeric_limits<float>::max()) {
    VERNIER_ASSIGN(const auto name, context.add_scalar_like(node, "max", *high, x));
    set_input(node, 2, name);
  }
  context.note(node, "attributes min and max became inputs");
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_dropout(UpgradeContext& context, NodeIr node) {
  VERNIER_TRY(take_is_test(node));
  // The ratio has no meaning outside training, which these opsets cannot ask for.
  VERNIER_ASSIGN(const auto ratio, take_float(node, "ratio"));
  if (ratio) context.note(node, "attribute ratio dropped, it has no effect in inference");
  if (node.opset < 10 && node.outputs.size() > 1) {
    if (context.is_used(node.outputs[1])) {
      return unsupported("the mask of Dropout before opset 10 is used", "E-UNSUPPORTED-OPSET");
    }
    node.outputs.resize(1);
  }
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_batch_norm(UpgradeContext& context, NodeIr node) {
  VERNIER_TRY(take_is_test(node));
  if (node.opset < 9) {
    VERNIER_ASSIGN(const auto spatial, take_int(node, "spatial"));
    if (spatial.value_or(1) == 0) {
      return unsupported("BatchNormalization with spatial = 0", "E-UNSUPPORTED-OPSET");
    }
    if (spatial) context.note(node, "attribute spatial = 1 dropped");
  }
  bool trains = false;
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    trains = trains || context.is_used(node.outputs[i]);
  }
  if (trains) {
    return unsupported("BatchNormalization in training mode (its statistics are used)",
                       "E-UNSUPPORTED-TRAINING");
  }
  if (node.outputs.size() > 1) {
    node.outputs.resize(1);
    context.note(node, "unused training outputs dropped");
  }
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_softmax(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(const auto given, take_int(node, "axis"));
  const std::int64_t axis = given.value_or(1);
  if (node.inputs.size() != 1 || node.outputs.size() != 1) {
    return invalid_model("expected one input and one output", "E-MODEL-ARITY");
  }
  const std::string_view x = node.inputs[0];
  const int rank = context.fact(x).rank;
  if (axis == -1 || (rank >= 0 && axis == rank - 1)) {
    set_attribute(node, "axis", std::int64_t{-1});
    context.emit(std::move(node));
    return {};
  }
  // These opsets normalise over all axes from `axis` on, as one: flatten, normalise, restore.
  const auto flat = context.emit_new(node, "Flatten", "flat", {x}, {make_attribute("axis", axis)});
  const auto shape = context.emit_new(node, "Shape", "shape", {x});
  const auto normal =
      context.emit_new(node, node.op, "normal", {flat}, {make_attribute("axis", std::int64_t{1})});
  context.note(node, "normalises over all axes from " + std::to_string(axis) +
                         " on: rewritten with Flatten and Reshape");
  NodeIr reshape;
  reshape.name = node.name;
  reshape.op = "Reshape";
  reshape.opset = node.opset;
  reshape.inputs = {normal, shape};
  reshape.outputs = node.outputs;
  // The shape comes from Shape, so a 0 in it is a size and must not mean "copy the input's".
  reshape.attributes.push_back(make_attribute("allowzero", std::int64_t{1}));
  context.emit(std::move(reshape));
  return {};
}

Result<void> upgrade_group_norm(UpgradeContext& context, NodeIr node) {
  if (node.inputs.size() != 3 || node.inputs[0].empty()) {
    return invalid_model("expected three inputs", "E-MODEL-ARITY");
  }
  const AttributeIr* attribute = find_attribute(node, "num_groups");
  const auto* groups =
      attribute == nullptr ? nullptr : std::get_if<std::int64_t>(&attribute->value);
  if (groups == nullptr || *groups < 1) {
    return invalid_model("attribute 'num_groups' is missing or not positive", "E-MODEL-ATTR");
  }
  // scale and bias have one entry a group; from opset 21 on one a channel: repeat each C / groups
  // times.
  const auto channels = context.emit_new(
      node, "Shape", "channels", {node.inputs[0]},
      {make_attribute("start", std::int64_t{1}), make_attribute("end", std::int64_t{2})});
  const auto count = context.add_ints(node, "groups", {*groups});
  const auto each = context.emit_new(node, "Div", "each", {channels, count});
  const auto target = context.emit_new(node, "Concat", "target", {count, each},
                                       {make_attribute("axis", std::int64_t{0})});
  const auto axis = context.add_ints(node, "axis", {1});
  const auto flat = context.add_ints(node, "flat", {-1});
  for (std::size_t i = 1; i <= 2; ++i) {
    const auto column = context.emit_new(node, "Unsqueeze", "column", {node.inputs[i], axis});
    const auto wide = context.emit_new(node, "Expand", "wide", {column, target});
    node.inputs[i] = context.emit_new(node, "Reshape", "per_channel", {wide, flat});
  }
  context.note(node, "scale and bias per group were repeated per channel");
  context.emit(std::move(node));
  return {};
}

}  // namespace vernier::onnx
