#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "passes/fusion_rules.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

/// ONNX Runtime 1.32 for CPU on x86-64: QDQ selectors, propagation of Q and DQ, repair of float
/// weights and biases, int8 to uint8. Checked against its optimized graphs by scripts/check-fusion.

constexpr int kLongestWay = 64;               // operators that quantization is followed over
constexpr double kBiasScaleTolerance = 0.02;  // relative; 1 % is taken, 5 % is not

/// Q and DQ are carried over these at load.
bool carries_quantization(const Node& node) {
  constexpr std::array<std::string_view, 6> kOps = {"MaxPool", "Reshape",   "Transpose",
                                                    "Squeeze", "Unsqueeze", "Slice"};
  return node.op->domain.empty() &&
         std::find(kOps.begin(), kOps.end(), node.op->name) != kOps.end();
}

bool is_scalar_constant(const QuantLink& link) {
  return link.constant && !link.per_axis && !link.blocked;
}

/// DequantizeLinear in front of a value, or carried there over what moves elements.
std::optional<QuantLink> arrives(const FusionView& view, ValueId id) {
  bool carried = false;
  for (int step = 0; id != ValueId::none && step < kLongestWay; ++step) {
    if (const auto link = view.dequantizer(id)) {
      if (carried && !is_scalar_constant(*link)) return std::nullopt;
      return link;
    }
    const Node* node = producer_of(view.graph(), id);
    if (node == nullptr || !carries_quantization(*node) || view.graph().is_output(id)) {
      return std::nullopt;
    }
    carried = true;
    id = node->inputs[0];
  }
  return std::nullopt;
}

/// QuantizeLinear as the only reader of a value, or carried there from behind what moves elements.
std::optional<QuantLink> leaves(const FusionView& view, ValueId id) {
  bool carried = false;
  for (int step = 0; step < kLongestWay; ++step) {
    const Node* reader = view.sole_reader(id);
    if (reader == nullptr) return std::nullopt;
    if (const auto link = quant_link(view.graph(), *reader)) {
      if (!reader->is("QuantizeLinear")) return std::nullopt;
      if (carried && !is_scalar_constant(*link)) return std::nullopt;
      return link;
    }
    if (!carries_quantization(*reader) || reader->inputs[0] != id) return std::nullopt;
    carried = true;
    id = reader->outputs[0];
  }
  return std::nullopt;
}

/// True when int8 behind this Q, or in front of this DQ, becomes uint8: the Q has one DQ with one
/// reader behind it.
bool becomes_uint8(const FusionView& view, const QuantLink& link) {
  const Graph& graph = view.graph();
  const bool quantizes = link.node->is("QuantizeLinear");
  const Node* q =
      quantizes ? link.node : producer_of(graph, link.node->inputs[0], "QuantizeLinear");
  if (q == nullptr) return false;
  const Node* dq = view.sole_reader(q->outputs[0]);
  if (dq == nullptr || !dq->is("DequantizeLinear")) return false;
  return view.sole_reader(dq->outputs[0]) != nullptr || graph.uses(dq->outputs[0]).empty();
}

/// uint8 after load.
bool is_uint8(const FusionView& view, const QuantLink& link) {
  if (link.dtype == DType::uint8) return true;
  return link.dtype == DType::int8 &&
         (view.fixed(link.node->inputs[0]) || becomes_uint8(view, link));
}

/// The Relu or Clip that is the only reader of a result and has one reader itself.
const Node* clamp_behind(const FusionView& view, ValueId id) {
  const Node* reader = view.sole_reader(id);
  if (reader == nullptr || !(reader->is("Relu") || reader->is("Clip"))) return nullptr;
  return view.sole_reader(reader->outputs[0]) == nullptr ? nullptr : reader;
}

/// True when the integers of a Q cannot express what a Relu or Clip takes away.
bool implied(const FusionView& view, const Node& clamp, const QuantLink& q) {
  const auto range = clamp_of(view.graph(), clamp);
  if (!range || !is_scalar_constant(q) || !q.zero || !is_8bit(q)) return false;
  const auto scale = scalar_constant(view.graph(), q.node->inputs[1]);
  if (!scale) return false;
  const double low = *scale * static_cast<double>(lowest_of(q.dtype) - *q.zero);
  const double high = *scale * static_cast<double>(highest_of(q.dtype) - *q.zero);
  const double slack = 1e-6 * std::max(std::abs(low), std::abs(high));
  return low >= range->first - slack && high <= range->second + slack;
}

/// What a node's result runs into: the Add that a MatMul swallows, then a Relu or Clip, then Q.
struct Exit {
  ValueId value = ValueId::none;  ///< what Q has to read
  bool clamp_stays = false;
};
Exit exit_of(const FusionView& view, ValueId output) {
  const Node* clamp = clamp_behind(view, output);
  if (clamp == nullptr) return {output, false};
  const auto q = leaves(view, clamp->outputs[0]);
  return {clamp->outputs[0], q && !implied(view, *clamp, *q)};
}

/// The Add of a bias that a MatMul becomes Gemm with.
const Node* bias_add(const FusionView& view, const Node& node) {
  if (!node.is("MatMul")) return nullptr;
  const Graph& graph = view.graph();
  const Node* add = view.sole_reader(node.outputs[0]);
  if (add == nullptr || !add->is("Add")) return nullptr;
  const ValueType& a = graph.value(node.inputs[0]).type;
  const ValueType& b = graph.value(node.inputs[1]).type;
  if (!a.ranked || !b.ranked || b.rank() != 2) return nullptr;
  if (a.rank() != 2 && (!a.shape() || !b.shape())) return nullptr;
  const auto other = other_input(*add, node.outputs[0]);
  if (!other || !graph.value(*other).type.ranked) return nullptr;
  const ValueType& bias = graph.value(*other).type;
  const auto same = [](const Dim& x, const Dim& y) { return x.is_known() && x == y; };
  if (bias.rank() == 1) return same(bias.dims[0], b.dims[1]) ? add : nullptr;
  if (bias.rank() != 2 || a.rank() != 2) return nullptr;
  const bool rows = bias.dims[0] == Dim::known(1) || same(bias.dims[0], a.dims[0]);
  const bool columns = same(bias.dims[1], b.dims[1]) ||
                       (bias.dims[1] == Dim::known(1) && same(bias.dims[0], a.dims[0]));
  return rows && columns ? add : nullptr;
}

ValueId result_of(const FusionView& view, const Node& node) {
  const Node* add = bias_add(view, node);
  return add == nullptr ? node.outputs[0] : add->outputs[0];
}

ValueId bias_of(const FusionView& view, const Node& node) {
  if (const Node* add = bias_add(view, node)) {
    return other_input(*add, node.outputs[0]).value_or(ValueId::none);
  }
  return node.is("MatMul") ? ValueId::none : input_of(node, 2);
}

// ---------------------------------------------------------------- demands

bool input_arrives(const FusionView& view, const Node& node) {
  return arrives(view, node.inputs[0]).has_value();
}

bool all_inputs_arrive(const FusionView& view, const Node& node) {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    return input == ValueId::none || arrives(view, input).has_value();
  });
}

/// Operand and result of 8 bits; int8 only where it becomes uint8 at load.
bool activations_are_uint8(const FusionView& view, const Node& node) {
  const auto in = arrives(view, node.inputs[0]);
  const auto out = leaves(view, exit_of(view, result_of(view, node)).value);
  return in && is_uint8(view, *in) && (!out || is_uint8(view, *out));
}

/// The same with int8 throughout, which Gemm has.
bool activations_are_8bit(const FusionView& view, const Node& node) {
  const auto in = arrives(view, node.inputs[0]);
  const auto out = leaves(view, exit_of(view, result_of(view, node)).value);
  return in && is_8bit(*in) &&
         (!out || (is_8bit(*out) && is_uint8(view, *in) == is_uint8(view, *out)));
}

bool one_type(const FusionView& view, const Node& node) {
  std::vector<QuantLink> links;
  for (const ValueId input : node.inputs) {
    if (const auto link = arrives(view, input)) links.push_back(*link);
  }
  for (const ValueId output : node.outputs) {
    if (const auto link = leaves(view, exit_of(view, output).value)) links.push_back(*link);
  }
  return std::all_of(links.begin(), links.end(), [&](const QuantLink& link) {
    return is_8bit(link) && is_uint8(view, link) == is_uint8(view, links[0]);
  });
}

bool clamp_goes(const FusionView& view, const Node& node) {
  return !exit_of(view, result_of(view, node)).clamp_stays;
}

bool output_leaves(const FusionView& view, const Node& node) {
  return leaves(view, exit_of(view, result_of(view, node)).value).has_value();
}

/// Q alone, or no Q at all.
bool output_leaves_or_stays(const FusionView& view, const Node& node) {
  const ValueId result = result_of(view, node);
  const ValueId value = exit_of(view, result).value;
  if (leaves(view, value)) return true;
  return value == result && !view.has_quantizer(value);
}

/// The weight: 8 bits behind DQ, or float constants that ONNX Runtime quantizes at load.
bool weight_quantized(const FusionView& view, const Node& node) {
  if (arrives(view, node.inputs[1])) return true;
  const Graph& graph = view.graph();
  const auto in = view.dequantizer(node.inputs[0]);
  if (node.is("MatMul") || !in || in->per_axis || !output_leaves(view, node)) return false;
  if (!graph.is_constant(node.inputs[1])) return false;
  const ValueId bias = bias_of(view, node);
  return bias == ValueId::none || (graph.is_constant(bias) && graph.value(bias).type.rank() == 1);
}

bool weight_is_8bit(const FusionView& view, const Node& node) {
  const auto link = arrives(view, node.inputs[1]);
  return !link || (is_8bit(*link) && !link->blocked);
}

/// QLinearMatMul wants scales along the last axis.
bool weight_by_column(const FusionView& view, const Node& node) {
  const auto link = arrives(view, node.inputs[1]);
  if (!link || !link->per_axis || bias_add(view, node) != nullptr) return true;
  const ValueType& type = view.graph().value(node.inputs[1]).type;
  if (!view.has_quantizer(node.outputs[0])) return true;
  return type.ranked && link->axis == static_cast<std::int64_t>(type.rank()) - 1;
}

/// The axis of a weight's output channels.
std::int64_t channel_axis(const Node& node) {
  if (node.is("Conv")) return 0;
  return node.is("Gemm") && int_attribute(node, "transB", 0) != 0 ? 0 : 1;
}

/// No bias, int32 behind DQ, or a float constant that is quantized at load (needs Q behind).
bool bias_quantized(const FusionView& view, const Node& node) {
  const ValueId bias = bias_of(view, node);
  if (bias == ValueId::none) return true;
  if (const auto link = view.dequantizer(bias)) return link->dtype == DType::int32;
  const Graph& graph = view.graph();
  const auto in = view.dequantizer(node.inputs[0]);
  if (!graph.is_constant(bias) || graph.value(bias).type.rank() != 1) return false;
  if (!(in || arrives(view, node.inputs[0])) || !output_leaves(view, node)) return false;
  if (in && (!in->constant || in->per_axis)) return false;
  const auto weight = view.dequantizer(node.inputs[1]);
  return !weight || !weight->per_axis || weight->axis == channel_axis(node);
}

/// An int32 bias has the scale of input times weight.
bool bias_scale_fits(const FusionView& view, const Node& node) {
  const Graph& graph = view.graph();
  const auto bias = view.dequantizer(input_of(node, 2));
  const auto x = arrives(view, node.inputs[0]);
  const auto w = arrives(view, node.inputs[1]);
  if (!bias || !x || !w) return true;
  const auto factor = scalar_constant(graph, x->node->inputs[1]);
  if (!factor || !bias->constant || !w->constant) return true;
  const Tensor& have = *graph.value(bias->node->inputs[1]).constant;
  const Tensor& weights = *graph.value(w->node->inputs[1]).constant;
  const std::int64_t n = have.element_count();
  const std::int64_t m = weights.element_count();
  if (n == 0 || m == 0 || (n != m && n != 1 && m != 1)) return false;
  for (std::int64_t i = 0; i < std::max(n, m); ++i) {
    const double got = element_as_double(have, n == 1 ? 0 : i).value_or(0.0);
    const double want = *factor * element_as_double(weights, m == 1 ? 0 : i).value_or(0.0);
    if (std::abs(got - want) > kBiasScaleTolerance * std::abs(want)) return false;
  }
  return true;
}

bool plain_factors(const FusionView& view, const Node& node) {
  if (!node.is("Gemm") || bias_of(view, node) == ValueId::none) return true;
  return float_attribute(node, "alpha", 1.0F) == 1.0F &&
         float_attribute(node, "beta", 1.0F) == 1.0F;
}

bool is_nearest(const FusionView& /*view*/, const Node& node) {
  return !node.is("Resize") || string_attribute(node, "mode", "nearest") == "nearest";
}

/// Every result goes to one Q; what carries quantization gets a Q of its own where there is none.
bool outputs_leave(const FusionView& view, const Node& node) {
  for (const ValueId output : node.outputs) {
    if (output == ValueId::none) return false;
    if (leaves(view, output)) continue;
    if (!carries_quantization(node)) return false;
    const bool is_end = view.graph().uses(output).empty();
    if (!is_end && (view.graph().is_output(output) || view.has_quantizer(output))) return false;
    const auto in = arrives(view, node.inputs[0]);
    if (!in || !is_scalar_constant(*in)) return false;
  }
  return true;
}

bool same_parameters(const FusionView& view, const Node& node) {
  const auto in = arrives(view, node.inputs[0]);
  if (!in) return false;
  return std::all_of(node.outputs.begin(), node.outputs.end(), [&](ValueId output) {
    const auto out = leaves(view, output);
    return !out || same_scalar_parameters(view.graph(), *in, *out);
  });
}

bool zero_is_written(const FusionView& view, const Node& node) {
  const auto in = arrives(view, node.inputs[0]);
  const auto out = leaves(view, node.outputs[0]);
  return in && in->has_zero && (!out || out->has_zero);
}

/// The only reader but for Shape: targets of Reshape that follow from shapes become constants
/// before Q is carried.
const Node* sole_reader_of_data(const FusionView& view, ValueId id) {
  const Graph& graph = view.graph();
  if (graph.is_output(id)) return nullptr;
  const Node* reader = nullptr;
  for (const NodeId use : graph.uses(id)) {
    const Node& node = graph.node(use);
    if (node.is("Shape")) continue;
    if (reader != nullptr) return nullptr;
    reader = &node;
  }
  return reader;
}

/// A moved value that no DQ reaches becomes integer when the Q behind it is carried to its front.
bool moves_in_front_of_q(const FusionView& view, const Node& node) {
  if (!carries_quantization(node) || arrives(view, node.inputs[0])) return false;
  if (producer_of(view.graph(), node.inputs[0]) == nullptr) return false;
  if (sole_reader_of_data(view, node.inputs[0]) == nullptr) return false;
  const Node* at = &node;
  for (int step = 0; step < kLongestWay; ++step) {
    const ValueId output = at->outputs[0];
    at = sole_reader_of_data(view, output);
    if (at == nullptr || at->inputs[0] != output) return false;
    if (const auto link = quant_link(view.graph(), *at)) {
      return at->is("QuantizeLinear") && is_scalar_constant(*link);
    }
    if (!carries_quantization(*at)) return false;
  }
  return false;
}

bool where_operands(const FusionView& view, const Node& node) {
  const auto fits = [&](std::size_t i) {
    return arrives(view, node.inputs[i]) || scalar_constant(view.graph(), node.inputs[i]);
  };
  return node.inputs.size() == 3 && fits(1) && fits(2) &&
         (arrives(view, node.inputs[1]) || arrives(view, node.inputs[2]));
}

/// What a Relu or Clip could become part of.
bool follows_integers(const FusionView& view, const Node& node) {
  const Node* producer = producer_of(view.graph(), node.inputs[0]);
  return producer == nullptr || producer->is("DequantizeLinear") || view.is_integer(*producer);
}

bool clamp_after_integers(const FusionView& view, const Node& node) {
  return view.made_by_integers(node.inputs[0]) && view.sole_reader(node.inputs[0]) == &node;
}

bool clamp_removed(const FusionView& view, const Node& node) {
  const auto q = leaves(view, node.outputs[0]);
  return q && implied(view, node, *q);
}

bool added_by_matmul(const FusionView& view, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    const Node* matmul = producer_of(view.graph(), input, "MatMul");
    return matmul != nullptr && bias_add(view, *matmul) == &node;
  });
}

bool matmul_is_integer(const FusionView& view, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [&](ValueId input) { return view.made_by_integers(input); });
}

bool becomes_gemm(const FusionView& view, const Node& node) {
  return bias_add(view, node) != nullptr;
}

// ---------------------------------------------------------------- tables

const FusionDemand kInput = {"ort-input-quantized", input_arrives,
                             "its input does not come from DequantizeLinear",
                             "quantize the input: a Q/DQ pair in front of it"};
const FusionDemand kInputs = {"ort-inputs-quantized", all_inputs_arrive,
                              "not every operand comes from DequantizeLinear",
                              "quantize every operand, constants too"};
const FusionDemand kClamp = {
    "ort-clamp-implied", clamp_goes,
    "the Q behind its Relu or Clip can express values that the Relu or Clip takes away",
    "give that Q the range of the Relu or Clip (zero point 0 for uint8, -128 for int8), or put a "
    "Q/DQ pair in front of the Relu or Clip"};
const FusionDemand kOutput = {
    "ort-output-quantized", output_leaves, "its result is not read by one QuantizeLinear alone",
    "put a Q/DQ pair directly behind it, let everything else read the pair's result, and do not "
    "make its result an output of the graph"};
const FusionDemand kOutputOrNone = {
    "ort-output-mixed", output_leaves_or_stays,
    "its result is read by a QuantizeLinear and by something else, or by a Relu or Clip without "
    "one",
    "put a Q/DQ pair behind it and let everything read the pair's result"};
const FusionDemand kUint8 = {
    "ort-activations-uint8", activations_are_uint8,
    "its activations are not uint8 (int8 serves where one DQ with one reader follows the Q)",
    "quantize the activations to uint8"};
const FusionDemand kOneType = {"ort-one-type", one_type,
                               "operands and result are not of one 8-bit type",
                               "give all of them the same type, uint8"};
const FusionDemand kWeight = {"ort-weight-quantized", weight_quantized,
                              "its weight does not come from DequantizeLinear",
                              "store the weight as int8 behind a DequantizeLinear"};
const FusionDemand kWeightBits = {"ort-weight-8bit", weight_is_8bit, "its weight is not of 8 bits",
                                  "quantize the weight to int8"};
const FusionDemand kBias = {
    "ort-bias-int32", bias_quantized,
    "its bias is neither int32 behind DequantizeLinear nor a float constant that can be quantized "
    "at load",
    "store the bias as int32 with the scale input scale x weight scale"};
const FusionDemand kBiasScale = {"ort-bias-scale", bias_scale_fits,
                                 "the scale of its bias is not input scale x weight scale",
                                 "quantize the bias again with input scale x weight scale"};
const FusionDemand kFactors = {"ort-gemm-factors", plain_factors,
                               "alpha or beta is not 1 and there is a bias",
                               "fold alpha and beta into weight and bias"};
const FusionDemand kZero = {"ort-zero-written", zero_is_written, "a zero point is left out",
                            "write the zero points of the Q and the DQ"};
const FusionDemand kSame = {"ort-same-parameters", same_parameters,
                            "scale or zero point differ in front of it and behind it",
                            "give the Q behind it the scale and zero point of the DQ in front"};
const FusionDemand kMoved = {
    "ort-moves-quantized", outputs_leave, "a result is not read by one QuantizeLinear alone",
    "put a Q/DQ pair with the parameters of the DQ in front directly behind it"};
const FusionDemand kNearest = {"ort-resize-nearest", is_nearest, "only mode nearest moves integers",
                               ""};

}  // namespace

const std::vector<FusionRule>& fusion_rules_ort_cpu() {
  static const std::vector<FusionRule> kRules = {
      {"ort-qoperator",
       {"QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"},
       nullptr,
       {},
       "is an integer operator"},
      {"ort-conv",
       {"Conv"},
       nullptr,
       {kInput, kClamp, kOutput, kUint8, kWeight, kWeightBits, kBias, kBiasScale},
       "QLinearConv"},
      {"ort-gemm",
       {"Gemm"},
       nullptr,
       {kInput,
        kWeight,
        kWeightBits,
        kClamp,
        kOutputOrNone,
        {"ort-activations-8bit", activations_are_8bit, "input and result are not of one 8-bit type",
         "quantize the activations to uint8"},
        kFactors,
        kBias},
       "QGemm"},
      {"ort-matmul-add",
       {"MatMul"},
       becomes_gemm,
       {kInput, kWeight, kWeightBits, kClamp, kOutputOrNone, kUint8, kBias},
       "QGemm, with the Add behind it"},
      {"ort-matmul",
       {"MatMul"},
       nullptr,
       {kInputs,
        kWeightBits,
        kClamp,
        kOutputOrNone,
        kUint8,
        {"ort-weight-by-column", weight_by_column,
         "the scales of its weight do not lie along the last axis",
         "quantize the weight per tensor, or per column (the last axis)"}},
       "QLinearMatMul, or MatMulIntegerToFloat when no Q follows"},
      {"ort-matmul-add",
       {"Add"},
       added_by_matmul,
       {{"ort-matmul-add", matmul_is_integer,
         "it becomes the bias of a Gemm with the MatMul in front, which stays float",
         "put a Q/DQ pair behind the Add, or between MatMul and Add"}},
       "the bias of QGemm"},
      {"ort-unary",
       {"AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid", "Softmax"},
       nullptr,
       {kInput, kClamp, kOutput, kOneType},
       "its QLinear form"},
      {"ort-binary",
       {"Add", "Mul"},
       nullptr,
       {kInputs, kClamp, kOutput, kOneType},
       "QLinearAdd, QLinearMul"},
      {"ort-concat", {"Concat"}, nullptr, {kInputs, kClamp, kOutput, kOneType}, "QLinearConcat"},
      {"ort-where",
       {"Where"},
       nullptr,
       {{"ort-inputs-quantized", where_operands, kInputs.reason, kInputs.fix}, kOutput, kOneType},
       "QLinearWhere"},
      {"ort-move-in-front-of-q",
       {"MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice"},
       moves_in_front_of_q,
       {},
       "integers moved: the Q behind it is carried to its front"},
      {"ort-move",
       {"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Gather", "GatherElements",
        "Slice", "Expand", "Tile", "MaxPool", "ReduceMax", "ReduceMin", "Resize", "Split"},
       nullptr,
       {kInput, kNearest, kMoved, kOneType, kZero, kSame},
       "integers moved"},
      {"ort-clamp",
       {"Relu", "Clip"},
       nullptr,
       {{"ort-clamp-follows-float", follows_integers,
         "it is part of the operator in front of it, which stays float",
         "see the operator in front of it"},
        {"ort-clamp-alone", clamp_after_integers,
         "there is no integer Relu or Clip: it has to be the only reader of an integer operator",
         "move the Q/DQ pair in front of it behind it"},
        {"ort-clamp-implied", clamp_removed, kClamp.reason,
         "give that Q the range of the Relu or Clip (zero point 0 for uint8, -128 for int8)"}},
       "nothing: the Q behind it clips the same way"},
      {"ort-swish",
       {"HardSwish"},
       nullptr,
       {{"ort-no-integer-form", never, "ONNX Runtime has no integer HardSwish for the CPU",
         "keep a Q/DQ pair on both sides, so that its neighbours are integer"}},
       ""},
      {"ort-any",
       {"*"},
       nullptr,
       {{"ort-no-integer-form", never,
         "ONNX Runtime has no integer form of this operator for the CPU",
         "keep a Q/DQ pair on both sides, so that its neighbours are integer"}},
       ""},
  };
  return kRules;
}

}  // namespace vernier
