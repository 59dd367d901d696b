#include <algorithm>
#include <cstring>
#include <utility>

#include "onnx/upgrade_context.h"

namespace vernier::onnx {
namespace {

/// Scales as constants when they are (float32), possibly misaligned in the file.
std::optional<std::vector<float>> constant_scales(const UpgradeContext& context,
                                                  std::string_view name) {
  const Tensor* tensor = context.constant(name);
  if (tensor == nullptr || tensor->dtype() != DType::float32) return std::nullopt;
  std::vector<float> scales(static_cast<std::size_t>(tensor->element_count()));
  if (!scales.empty()) std::memcpy(scales.data(), tensor->data(), tensor->byte_count());
  return scales;
}

/// Before opset 11 a picture's corner is pixel 0 at every scale ("asymmetric"); the nearest pixel
/// is the one at or before when growing, the one at or after when shrinking (ONNX's test data of
/// opset 10, the same as ONNX Runtime's "simple").
Result<void> set_old_rounding(UpgradeContext& context, NodeIr& node) {
  set_attribute(node, "coordinate_transformation_mode", std::string("asymmetric"));
  const auto scales = constant_scales(context, node.inputs[2]);
  const auto any = [&](auto test) {
    return scales && std::any_of(scales->begin(), scales->end(), test);
  };
  const bool shrinks = any([](float s) { return s < 1.0F; });
  const bool grows = any([](float s) { return s > 1.0F; });
  const AttributeIr* mode = find_attribute(node, "mode");
  const auto* text = mode == nullptr ? nullptr : std::get_if<std::string>(&mode->value);
  const bool nearest = mode == nullptr || (text != nullptr && *text == "nearest");
  if (nearest && shrinks && grows) {
    return unsupported("nearest resizing of opset 10 that shrinks one axis and grows another",
                       "E-UNSUPPORTED-OPSET");
  }
  set_attribute(node, "nearest_mode", std::string(shrinks ? "ceil" : "floor"));
  return {};
}

}  // namespace

Result<void> upgrade_resize(UpgradeContext& context, NodeIr node) {
  if (node.opset < 11) {
    if (node.inputs.size() != 2) return invalid_model("expected two inputs", "E-MODEL-ARITY");
    node.inputs.insert(node.inputs.begin() + 1, std::string_view{});
    VERNIER_TRY(set_old_rounding(context, node));
    context.note(node, "rewritten with coordinate_transformation_mode asymmetric");
  }
  // An empty constant was the way to leave roi or scales out.
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const Tensor* tensor = context.constant(node.inputs[i]);
    if (tensor != nullptr && tensor->element_count() == 0) node.inputs[i] = std::string_view{};
  }
  while (!node.inputs.empty() && node.inputs.back().empty()) node.inputs.pop_back();
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_upsample(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(auto scales, take_floats(node, "scales"));
  const std::size_t expected = node.opset < 9 ? 1 : 2;
  if (node.inputs.size() != expected || (node.opset < 9 && !scales)) {
    return invalid_model("inputs or scales are missing", "E-MODEL-ARITY");
  }
  if (node.opset < 9) {
    const Shape shape{static_cast<std::int64_t>(scales->size())};
    set_input(
        node, 1,
        context.add_constant(context.fresh(node, "scales"), Tensor::from_float(*scales, shape)));
  }
  node.inputs.insert(node.inputs.begin() + 1, std::string_view{});
  VERNIER_TRY(set_old_rounding(context, node));
  context.note(node, "replaced by Resize");
  node.op = "Resize";
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_grid_sample(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(const auto mode, take_string(node, "mode"));
  const std::string old = mode.value_or("bilinear");
  const std::string now = old == "bilinear" ? "linear" : old == "bicubic" ? "cubic" : old;
  set_attribute(node, "mode", now);
  if (mode && now != old) context.note(node, "mode " + old + " is now called " + now);
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_roi_align(UpgradeContext& context, NodeIr node) {
  set_attribute(node, "coordinate_transformation_mode", std::string("output_half_pixel"));
  context.note(node, "coordinate_transformation_mode made explicit");
  context.emit(std::move(node));
  return {};
}

}  // namespace vernier::onnx
