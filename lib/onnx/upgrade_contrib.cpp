#include <string>
#include <utility>

#include "onnx/import.h"
#include "onnx/upgrade_context.h"

namespace vernier::onnx {
namespace {

Error too_few_inputs() { return invalid_model("has too few inputs", "E-MODEL-ARITY"); }

std::string_view input_at(const NodeIr& node, std::size_t i) {
  return i < node.inputs.size() ? node.inputs[i] : std::string_view{};
}

/// The node as one of ai.onnx, in whose terms it is spelled.
void to_standard_domain(UpgradeContext& context, NodeIr& node) {
  node.domain = {};
  node.opset = context.standard_opset();
}

/// DequantizeLinear of inputs i, i + 1 (scale) and i + 2 (zero point, may be absent).
std::string_view dequantize(UpgradeContext& context, const NodeIr& node, std::size_t i,
                            std::int64_t axis = 0) {
  std::vector<std::string_view> inputs = {node.inputs[i], node.inputs[i + 1]};
  if (!input_at(node, i + 2).empty()) inputs.push_back(node.inputs[i + 2]);
  return context.emit_new(node, "DequantizeLinear", "real", std::move(inputs),
                          {make_attribute("axis", axis)});
}

/// QuantizeLinear to the node's output, with scale and zero point (may be absent) at `i`; without a
/// zero point the result has the type of input `like`.
void quantize(UpgradeContext& context, const NodeIr& node, std::string_view real, std::size_t i,
              std::size_t like) {
  NodeIr made;
  made.name = node.name;
  made.op = "QuantizeLinear";
  made.opset = node.opset;
  made.inputs = {real, node.inputs[i]};
  made.outputs = node.outputs;
  if (!input_at(node, i + 1).empty()) {
    made.inputs.push_back(node.inputs[i + 1]);
  } else if (context.fact(node.inputs[like]).dtype == DType::int8) {
    made.attributes.push_back(
        make_attribute("output_dtype", static_cast<std::int64_t>(DType::int8)));
  }
  context.emit(std::move(made));
}

Result<void> check(const NodeIr& node, std::size_t least_inputs) {
  if (node.inputs.size() < least_inputs || node.outputs.size() != 1) return too_few_inputs();
  return {};
}

/// Refuses channels_last = 1, and takes the attribute.
Result<void> take_channels_last(NodeIr& node) {
  VERNIER_ASSIGN(const auto last, take_int(node, "channels_last"));
  if (last.value_or(0) == 0) return {};
  return unsupported("channels_last = 1", "E-UNSUPPORTED-ATTR");
}

constexpr const char* kSpelled = "spelled with DequantizeLinear and QuantizeLinear";

}  // namespace

Result<void> upgrade_contrib_quantize(UpgradeContext& context, NodeIr node) {
  context.note(node, "taken as the operator of ai.onnx");
  to_standard_domain(context, node);
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_qlinear_binary(UpgradeContext& context, NodeIr node) {
  VERNIER_TRY(check(node, 7));
  context.note(node, kSpelled);
  const std::string_view op = node.op == "QLinearAdd" ? "Add" : "Mul";
  to_standard_domain(context, node);
  const std::string_view a = dequantize(context, node, 0);
  const std::string_view b = dequantize(context, node, 3);
  quantize(context, node, context.emit_new(node, op, "result", {a, b}), 6, 0);
  return {};
}

Result<void> upgrade_qlinear_unary(UpgradeContext& context, NodeIr node) {
  VERNIER_TRY(check(node, 4));
  context.note(node, kSpelled);
  const std::string_view op = node.op.substr(std::string_view("QLinear").size());
  if (op == "GlobalAveragePool" || op == "AveragePool") VERNIER_TRY(take_channels_last(node));
  if (op == "Softmax") {
    VERNIER_ASSIGN(const auto opset, take_int(node, "opset"));
    VERNIER_ASSIGN(const auto axis, take_int(node, "axis"));
    const int rank = context.fact(node.inputs[0]).rank;
    if (opset.value_or(13) < 13 && axis.value_or(-1) != -1 && axis.value_or(-1) != rank - 1) {
      return unsupported("Softmax over several axes", "E-UNSUPPORTED-OPSET");
    }
    set_attribute(node, "axis", axis.value_or(-1));
  }
  to_standard_domain(context, node);
  const std::string_view x = dequantize(context, node, 0);
  const std::string_view y =
      context.emit_new(node, op, "result", {x}, std::exchange(node.attributes, {}));
  quantize(context, node, y, 3, 0);
  return {};
}

Result<void> upgrade_qlinear_concat(UpgradeContext& context, NodeIr node) {
  VERNIER_TRY(check(node, 5));
  if (node.inputs.size() % 3 != 2) return too_few_inputs();
  context.note(node, kSpelled);
  to_standard_domain(context, node);
  std::vector<std::string_view> parts;
  for (std::size_t i = 2; i < node.inputs.size(); i += 3) {
    parts.push_back(dequantize(context, node, i));
  }
  const std::string_view whole = context.emit_new(node, "Concat", "result", std::move(parts),
                                                  std::exchange(node.attributes, {}));
  quantize(context, node, whole, 0, 2);
  return {};
}

Result<void> upgrade_qgemm(UpgradeContext& context, NodeIr node) {
  VERNIER_TRY(check(node, 6));
  context.note(node, kSpelled);
  VERNIER_ASSIGN(const auto alpha, take_float(node, "alpha"));
  AttributeIr* trans = find_attribute(node, "transB");
  const auto* trans_b = trans == nullptr ? nullptr : std::get_if<std::int64_t>(&trans->value);
  const std::int64_t w_axis = trans_b != nullptr && *trans_b != 0 ? 0 : 1;
  std::vector<AttributeIr> attributes = std::exchange(node.attributes, {});
  to_standard_domain(context, node);
  std::vector<std::string_view> inputs = {dequantize(context, node, 0),
                                          dequantize(context, node, 3, w_axis)};
  if (!input_at(node, 6).empty()) {
    // C counts in units of alpha * a_scale * b_scale.
    std::string_view scale =
        context.emit_new(node, "Mul", "scale", {node.inputs[1], node.inputs[4]});
    if (alpha.value_or(1.0F) != 1.0F) {
      const std::string_view factor =
          context.add_constant(context.fresh(node, "alpha"), Tensor::scalar_float(*alpha));
      scale = context.emit_new(node, "Mul", "scale", {scale, factor});
    }
    inputs.push_back(context.emit_new(node, "DequantizeLinear", "bias", {node.inputs[6], scale},
                                      {make_attribute("axis", std::int64_t{0})}));
  }
  if (alpha) attributes.push_back(make_attribute("alpha", *alpha));
  NodeIr gemm;
  gemm.name = node.name;
  gemm.op = "Gemm";
  gemm.opset = node.opset;
  gemm.inputs = std::move(inputs);
  gemm.attributes = std::move(attributes);
  if (input_at(node, 7).empty()) {
    gemm.outputs = node.outputs;
    context.emit(std::move(gemm));
    return {};
  }
  const std::string_view real = context.fresh(node, "result");
  gemm.outputs = {real};
  gemm.name = real;
  context.emit(std::move(gemm));
  quantize(context, node, real, 7, 0);
  return {};
}

Result<void> upgrade_dynamic_lstm(UpgradeContext& context, NodeIr node) {
  constexpr std::size_t kW = 1;
  constexpr std::size_t kR = 2;
  constexpr std::size_t kWScale = 8;
  constexpr std::size_t kRScale = 10;
  if (node.inputs.size() < 12) return too_few_inputs();
  context.note(node, "its weights become floats, and what it reads is not rounded to 8 bits");
  to_standard_domain(context, node);
  const auto to_float = [&](std::string_view value) {
    return context.emit_new(node, "Cast", "float", {value},
                            {make_attribute("to", static_cast<std::int64_t>(DType::float32))});
  };
  // [directions] or [directions, 4 hidden], for weights of [directions, inputs, 4 hidden].
  const std::string_view columns = context.add_ints(node, "columns", {0, 1, -1});
  const auto by_column = [&](std::string_view value) {
    return context.emit_new(node, "Reshape", "row", {value, columns});
  };
  const auto real_weight = [&](std::size_t weight, std::size_t scale) {
    std::string_view real = to_float(node.inputs[weight]);
    const std::string_view zero = node.inputs[scale + 1];
    if (!zero.empty())
      real = context.emit_new(node, "Sub", "real", {real, by_column(to_float(zero))});
    real = context.emit_new(node, "Mul", "real", {real, by_column(node.inputs[scale])});
    return context.emit_new(node, "Transpose", "weight", {real},
                            {make_attribute("perm", std::vector<std::int64_t>{0, 2, 1})});
  };
  node.inputs[kW] = real_weight(kW, kWScale);
  node.inputs[kR] = real_weight(kR, kRScale);
  node.inputs.resize(kWScale);
  while (node.inputs.back().empty()) node.inputs.pop_back();
  node.op = "LSTM";
  context.emit(std::move(node));
  return {};
}

}  // namespace vernier::onnx
