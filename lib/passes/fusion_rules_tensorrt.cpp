#include <algorithm>

#include "passes/fusion_rules.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// TensorRT's explicit quantization, as NVIDIA's developer guide states it. Not checked against the
/// runtime.

std::optional<QuantLink> activation(const FusionView& view, ValueId id) {
  return view.fixed(id) ? std::nullopt : view.dequantizer(id);
}

/// 8 bits in front of a value: a DQ, or what commutes with it and is integer itself.
bool arrives(const FusionView& view, ValueId id) {
  return activation(view, id).has_value() || view.made_by_integers(id);
}

template <class Holds>
bool all_activations(const FusionView& view, const Node& node, Holds&& holds) {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
    return id == ValueId::none || view.fixed(id) || !view.is_real(id) || holds(id);
  });
}

bool input_arrives(const FusionView& view, const Node& node) {
  return arrives(view, node.inputs[0]);
}

bool inputs_arrive(const FusionView& view, const Node& node) {
  return all_activations(view, node, [&](ValueId id) { return arrives(view, id); });
}

template <bool (*Check)(const QuantLink&)>
bool parameters(const FusionView& view, const Node& node) {
  const bool inputs = all_activations(view, node, [&](ValueId id) {
    const auto link = view.dequantizer(id);
    return !link || Check(*link);
  });
  const auto out = node.outputs.empty() ? std::nullopt : view.sole_quantizer(node.outputs[0]);
  return inputs && (!out || Check(*out));
}
bool constant_scale(const QuantLink& link) { return link.constant; }
bool is_int8(const QuantLink& link) { return link.dtype == DType::int8; }
bool zero_is_0(const QuantLink& link) { return link.zero == 0; }
bool per_tensor(const QuantLink& link) { return !link.per_axis && !link.blocked; }

bool weight_quantized(const FusionView& view, const Node& node) {
  return view.dequantizer(node.inputs[1]).has_value();
}

bool weight_symmetric(const FusionView& view, const Node& node) {
  const auto link = view.dequantizer(node.inputs[1]);
  return link && link->constant && link->dtype == DType::int8 && link->zero == 0;
}

bool weight_axis(const FusionView& view, const Node& node) {
  const auto link = view.dequantizer(node.inputs[1]);
  if (!link || !link->per_axis) return true;
  if (!view.fixed(node.inputs[1])) return false;
  if (node.is("Conv")) return link->axis == 0;
  if (node.is("ConvTranspose")) return link->axis == 1;
  const ValueType& type = view.graph().value(node.inputs[1]).type;
  const bool rows = node.is("Gemm") && int_attribute(node, "transB", 0) != 0;
  return type.ranked && link->axis == static_cast<std::int64_t>(type.rank()) - (rows ? 2 : 1);
}

bool bias_float(const FusionView& view, const Node& node) {
  return node.is("MatMul") || !view.dequantizer(input_of(node, 2));
}

/// Operators without weights run on 8 bits when 8 bits are asked for behind them as well.
bool output_quantized(const FusionView& view, const Node& node) {
  return std::all_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
    return id == ValueId::none || view.sole_quantizer(id).has_value();
  });
}

/// What is appended to a weighted operator that is integer.
bool appended(const FusionView& view, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
    const Node* producer = producer_of(view.graph(), id);
    return producer != nullptr && view.made_by_integers(id) && view.sole_reader(id) == &node &&
           !producer->is("MaxPool");
  });
}

const FusionDemand kInputs = {"trt-inputs-quantized", inputs_arrive,
                              "not every operand comes from DequantizeLinear",
                              "a Q/DQ pair in front of every operand"};
const FusionDemand kConstant = {"trt-constant-scale", parameters<constant_scale>,
                                "TensorRT refuses scales and zero points that are not constants",
                                "store scale and zero point as initializers"};
const FusionDemand kInt8 = {"trt-int8", parameters<is_int8>,
                            "TensorRT refuses activations that are not int8",
                            "quantize with --target tensorrt"};
const FusionDemand kZero = {"trt-zero-point-0", parameters<zero_is_0>,
                            "TensorRT refuses zero points other than 0",
                            "quantize with --target tensorrt"};
const FusionDemand kPerTensor = {"trt-per-tensor", parameters<per_tensor>,
                                 "TensorRT refuses activations with a scale per channel",
                                 "give activations one scale per tensor"};

}  // namespace

const std::vector<FusionRule>& fusion_rules_tensorrt() {
  static const std::vector<FusionRule> kRules = {
      {"trt-weights",
       {"Conv", "ConvTranspose", "Gemm", "MatMul"},
       nullptr,
       {{"trt-input-quantized", input_arrives, "its input does not come from DequantizeLinear",
         "a Q/DQ pair in front of its input"},
        kConstant,
        kInt8,
        kZero,
        kPerTensor,
        {"trt-weight-quantized", weight_quantized, "its weight does not come from DequantizeLinear",
         "store the weight as int8 behind a DequantizeLinear"},
        {"trt-weight-symmetric", weight_symmetric, "its weight is not int8 with zero point 0",
         "quantize the weight to int8 with zero point 0"},
        {"trt-weight-axis", weight_axis,
         "the scales of its weight do not lie along the output channels",
         "quantize the weight per output channel, or per tensor"},
        {"trt-bias-float", bias_float, "TensorRT refuses a bias behind DequantizeLinear",
         "store the bias as floats"}},
       "an integer product"},
      {"trt-commutes",
       {"MaxPool", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split",
        "Gather", "Expand", "DepthToSpace", "SpaceToDepth", "Concat"},
       nullptr,
       {kInputs, kConstant, kInt8, kZero, kPerTensor},
       "8 bits moved: Q and DQ commute with it"},
      {"trt-appended",
       {"Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSwish", "Add", "Mul",
        "BatchNormalization"},
       appended,
       {kConstant, kInt8, kZero, kPerTensor},
       "appended to the integer product in front of it"},
      {"trt-unweighted",
       {"Add", "Mul", "Sub", "Max", "Min", "AveragePool", "GlobalAveragePool", "ReduceMean",
        "Resize", "Relu", "Clip", "Sigmoid", "LeakyRelu"},
       nullptr,
       {kInputs,
        kConstant,
        kInt8,
        kZero,
        kPerTensor,
        {"trt-output-quantized", output_quantized,
         "without weights it runs on 8 bits only when its result is quantized too",
         "a Q/DQ pair behind it"}},
       "8 bits in, 8 bits out"},
      {"trt-qdq-form",
       {"QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"},
       nullptr,
       {{"trt-qdq-form", never, "TensorRT refuses QOperator form", "write the file in QDQ form"}},
       ""},
      {"trt-any",
       {"*"},
       nullptr,
       {{"trt-no-integer-form", never, "TensorRT has no 8-bit form of this operator", ""}},
       ""},
  };
  return kRules;
}

}  // namespace vernier
