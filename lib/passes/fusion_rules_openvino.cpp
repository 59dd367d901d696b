#include <algorithm>
#include <string_view>
#include <vector>

#include "passes/fusion_rules.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// OpenVINO 2026.4 for CPU: its low-precision passes, the fusions of the plugin's graph and what
/// its runtime model calls integer (an operator that reads 8 bits). Checked by
/// scripts/check-fusion.

constexpr int kLongestWay = 32;  // operators that a scale is followed over
using Ops = std::vector<std::string_view>;

/// Results that are operands moved, picked or averaged: 8 bits stay 8 bits, the scale moves behind.
const Ops& keepers() {
  static const Ops kOps = {"MaxPool",       "AveragePool", "GlobalAveragePool",
                           "GlobalMaxPool", "ReduceMean",  "ReduceMax",
                           "ReduceMin",     "Reshape",     "Flatten",
                           "Squeeze",       "Unsqueeze",   "Transpose",
                           "Slice",         "Split",       "Gather",
                           "Expand",        "Resize",      "Concat",
                           "DepthToSpace"};
  return kOps;
}

/// What the plugin appends to a convolution or matrix product.
const Ops& pointwise() {
  static const Ops kOps = {"Relu", "Clip",  "HardSwish", "LeakyRelu", "PRelu",    "Elu", "Sigmoid",
                           "Tanh", "Swish", "Gelu",      "Mish",      "Softplus", "Erf", "Exp",
                           "Abs",  "Sqrt",  "Neg",       "Add",       "Mul",      "Sub", "Div",
                           "Max",  "Min",   "Round",     "Pow"};
  return kOps;
}

/// What can stand between and around the two products of attention.
const Ops& attention_parts() {
  static const Ops kOps = [] {
    Ops ops = pointwise();
    ops.insert(ops.end(), {"Softmax", "MatMul", "Transpose"});
    return ops;
  }();
  return kOps;
}

bool one_of(const Node& node, const Ops& ops) {
  return node.op->domain.empty() && std::find(ops.begin(), ops.end(), node.op->name) != ops.end();
}
bool keeps_integers(const Node& node) { return one_of(node, keepers()); }
bool is_pointwise(const Node& node) { return one_of(node, pointwise()); }

/// Q and DQ as the runtime wants them: 8 bits and constants.
bool is_low(const QuantLink& link) { return is_8bit(link) && link.constant && !link.blocked; }

/// Their results are no integers until a Q behind makes them so.
bool averages(const Node& node) {
  return node.is("AveragePool") || node.is("GlobalAveragePool") || node.is("ReduceMean");
}

/// 8 bits at run time, dequantized later.
bool low(const FusionView& view, ValueId id) {
  if (const auto link = view.dequantizer(id)) return is_low(*link);
  const Node* producer = producer_of(view.graph(), id);
  if (producer == nullptr || !keeps_integers(*producer) || averages(*producer)) return false;
  // A Transpose that attention ends with gives floats.
  return view.is_integer(*producer) &&
         producer_of(view.graph(), producer->inputs[0], "MatMul") == nullptr;
}

/// The DequantizeLinear that a value owes its scale to, back over what moves elements.
std::optional<QuantLink> origin(const FusionView& view, ValueId id) {
  for (int step = 0; step < kLongestWay; ++step) {
    if (const auto link = view.dequantizer(id)) return link;
    const Node* producer = producer_of(view.graph(), id);
    if (producer == nullptr || !keeps_integers(*producer)) return std::nullopt;
    id = producer->inputs[0];
  }
  return std::nullopt;
}

/// False when a Concat in front, without Q of its own, leaves parts with different scales.
bool one_scale(const FusionView& view, const Node& node) {
  ValueId id = node.inputs[0];
  for (int step = 0; step < kLongestWay; ++step) {
    const Node* producer = producer_of(view.graph(), id);
    if (producer == nullptr || !keeps_integers(*producer)) return true;
    if (producer->is("Concat")) {
      const auto first = origin(view, producer->inputs[0]);
      return first &&
             std::all_of(producer->inputs.begin(), producer->inputs.end(), [&](ValueId part) {
               const auto other = origin(view, part);
               return other && same_scalar_parameters(view.graph(), *first, *other);
             });
    }
    id = producer->inputs[0];
  }
  return true;
}

bool reshapes(const Node& node) {
  return node.is("Reshape") || node.is("Flatten") || node.is("Transpose");
}
bool reshapes_one_scale(const FusionView& view, const Node& node) {
  return !reshapes(node) || one_scale(view, node);
}

/// The node whose result a Q/DQ pair in front of `id` quantizes.
const Node* behind_pair(const FusionView& view, ValueId id) {
  const auto dq = view.dequantizer(id);
  if (!dq) return nullptr;
  const Node* q = producer_of(view.graph(), dq->node->inputs[0], "QuantizeLinear");
  return q == nullptr ? nullptr : producer_of(view.graph(), q->inputs[0]);
}

bool is_static(const FusionView& view, const Node& node) {
  return view.graph().value(node.outputs[0]).type.shape().has_value();
}

/// A reader and what follows it alone, as long as that is pointwise.
std::vector<const Node*> way_of(const FusionView& view, const Node& reader) {
  constexpr std::size_t kLongest = 7;
  std::vector<const Node*> way = {&reader};
  while (way.size() < kLongest && is_pointwise(*way.back())) {
    const Node* next = view.sole_reader(way.back()->outputs[0]);
    if (next == nullptr) break;
    way.push_back(next);
  }
  return way;
}

/// The ways of all readers of a value meet: one reader, x * sigmoid(x), or the parts of Gelu.
bool readers_join(const FusionView& view, ValueId id) {
  constexpr std::size_t kMostReaders = 16;
  const Graph& graph = view.graph();
  const auto readers = graph.uses(id);
  if (readers.empty() || readers.size() > kMostReaders || graph.is_output(id)) return false;
  std::vector<const Node*> common = way_of(view, graph.node(readers[0]));
  for (const NodeId reader : readers.subspan(1)) {
    const auto way = way_of(view, graph.node(reader));
    std::erase_if(common, [&](const Node* node) {
      return std::find(way.begin(), way.end(), node) == way.end();
    });
  }
  return !common.empty();
}

/// The product that a chain of appended operators began with.
const Node* chain_start(const FusionView& view, ValueId id) {
  for (int step = 0; step < kLongestWay; ++step) {
    const Node* producer = producer_of(view.graph(), id);
    if (producer == nullptr || !view.is_integer(*producer)) return nullptr;
    if (is_weighted(*producer)) return producer;
    if (!is_pointwise(*producer)) return nullptr;
    id = ValueId::none;
    for (const ValueId input : producer->inputs) {
      const Node* next = producer_of(view.graph(), input);
      if (next != nullptr && view.is_integer(*next)) id = input;
    }
    if (id == ValueId::none) return producer;
  }
  return nullptr;
}

/// Two activations of different origin.
bool joins_activations(const FusionView& view, const Node& node) {
  const Node* start = nullptr;
  for (const ValueId input : node.inputs) {
    if (!view.is_real(input) || view.fixed(input)) continue;
    const Node* own = chain_start(view, input);
    if (own == nullptr || (start != nullptr && own != start)) return true;
    start = own;
  }
  return false;
}

/// A product, or something appended to one, whose result nothing else needs.
bool extends(const FusionView& view, ValueId id, const Node& node) {
  const Node* producer = producer_of(view.graph(), id);
  if (producer == nullptr || !view.is_integer(*producer)) return false;
  const Node* start = chain_start(view, id);
  if (start == nullptr) return false;
  if (!start->is("Conv") && joins_activations(view, node)) return false;
  return readers_join(view, id);
}

bool fuses_in_front(const FusionView& view, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    if (view.fixed(input) || input == ValueId::none) return false;
    return extends(view, input, node);
  });
}

/// A sum with a product whose Q/DQ pair nothing else reads.
bool is_residual(const FusionView& view, const Node& node) {
  if (view.fixed(node.inputs[0]) || view.fixed(node.inputs[1])) return false;
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    const Node* producer = behind_pair(view, input);
    return producer != nullptr && producer->is("Conv") && view.is_integer(*producer) &&
           view.sole_reader(input) != nullptr;
  });
}

bool weight_is_fixed(const FusionView& view, const Node& node) {
  return node.is("Gemm") || view.fixed(node.inputs[1]);
}

// ---------------------------------------------------------------- demands

bool input_low(const FusionView& view, const Node& node) { return low(view, node.inputs[0]); }

bool inputs_low(const FusionView& view, const Node& node) {
  // A table of constants stays in 8 bits when its picked rows are quantized again.
  if (view.fixed(node.inputs[0]) && !view.has_quantizer(node.outputs[0])) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    return !view.is_real(input) || view.fixed(input) || low(view, input);
  });
}

bool weight_low(const FusionView& view, const Node& node) {
  const auto link = view.dequantizer(node.inputs[1]);
  return link && is_low(*link);
}

bool weight_symmetric(const FusionView& view, const Node& node) {
  const auto link = view.dequantizer(node.inputs[1]);
  return link && link->dtype == DType::int8 && link->zero == 0;
}

bool weight_by_channel(const FusionView& view, const Node& node) {
  const auto link = view.dequantizer(node.inputs[1]);
  return link && (!link->per_axis || link->axis == (node.is("ConvTranspose") ? 1 : 0));
}

bool second_symmetric(const FusionView& view, const Node& node) {
  const auto link = view.dequantizer(node.inputs[1]);
  return link && link->zero == 0;
}

bool moves_8bit(const FusionView& /*view*/, const Node& node) {
  return !node.is("Resize") || string_attribute(node, "mode", "nearest") == "nearest";
}

/// An operand of a pointwise operator that is no constant.
struct Operand {
  ValueId id = ValueId::none;
  std::optional<QuantLink> dq;
  bool from_integers = false;  ///< 8 bits that an integer operator writes
  bool shared = false;         ///< its DQ serves others as well
};

std::vector<Operand> operands_of(const FusionView& view, const Node& node) {
  std::vector<Operand> operands;
  for (const ValueId input : node.inputs) {
    if (!view.is_real(input) || view.fixed(input)) continue;
    Operand operand;
    operand.id = input;
    operand.dq = view.dequantizer(input);
    if (operand.dq) {
      const Node* producer = behind_pair(view, input);
      operand.from_integers =
          is_low(*operand.dq) && producer != nullptr && view.is_integer(*producer);
      operand.shared = !readers_join(view, input);
    } else {
      operand.from_integers = low(view, input);
    }
    operands.push_back(operand);
  }
  return operands;
}

/// Pointwise between pairs: its DQ and Q join it to one operator that reads 8 bits. For fixed
/// shapes that is generated code; otherwise only what the scale can be moved over.
bool pointwise_reads_8bit(const FusionView& view, const Node& node) {
  const auto operands = operands_of(view, node);
  if (operands.empty()) return false;
  const Operand& first = operands[0];
  const bool no_zero = first.dq && first.dq->zero == 0;
  if (operands.size() == 1) {
    // A factor joins a scale.
    if (node.is("Mul") && no_zero && is_low(*first.dq) && !first.shared) return true;
    if (!first.from_integers) return false;
    if (node.is("Relu")) return no_zero || is_static(view, node);
    if (first.shared) return false;
    return no_zero || is_static(view, node) || (node.is("Mul") && node.inputs.size() == 2);
  }
  const Operand& second = operands[1];
  if (first.from_integers || second.from_integers) {
    return !(node.is("Add") && first.shared && second.shared);
  }
  if (!first.dq || !second.dq || !is_low(*first.dq) || !is_low(*second.dq)) return false;
  if (node.is("Mul")) return second.dq->zero == 0;
  return node.is("Add") && first.shared && !second.shared;
}

// ---------------------------------------------------------------- attention

bool multiplies_activations(const FusionView& view, const Node& node) {
  return node.is("MatMul") && !view.fixed(node.inputs[0]) && !view.fixed(node.inputs[1]);
}

/// The product of two activations that a Softmax has in front, with pointwise operators between.
const Node* scores_of(const FusionView& view, const Node& softmax) {
  const Node* at = &softmax;
  for (int step = 0; step < kLongestWay; ++step) {
    const Node* next = nullptr;
    for (const ValueId input : at->inputs) {
      const Node* producer = producer_of(view.graph(), input);
      if (next != nullptr || producer == nullptr || view.sole_reader(input) == nullptr) continue;
      if (multiplies_activations(view, *producer)) return producer;
      if (is_pointwise(*producer)) next = producer;
    }
    if (next == nullptr) return nullptr;
    at = next;
  }
  return nullptr;
}

/// The Softmax whose result a product alone reads, as its first operand.
const Node* softmax_of(const FusionView& view, const Node& product) {
  if (!product.is("MatMul")) return nullptr;
  const Node* softmax = producer_of(view.graph(), product.inputs[0], "Softmax");
  const bool alone = softmax != nullptr && view.sole_reader(softmax->outputs[0]) == &product;
  return alone ? softmax : nullptr;
}

/// The Softmax of the attention that a node would be part of.
const Node* softmax_around(const FusionView& view, const Node& node) {
  const Node* reader = view.sole_reader(node.outputs[0]);
  if (node.is("Transpose")) {
    const Node* producer = producer_of(view.graph(), node.inputs[0]);
    if (producer != nullptr && view.sole_reader(producer->outputs[0]) == &node) {
      if (const Node* softmax = softmax_of(view, *producer)) return softmax;
    }
    const bool second = reader != nullptr && reader->inputs[0] != node.outputs[0];
    return second ? softmax_of(view, *reader) : nullptr;
  }
  if (node.is("MatMul")) return softmax_of(view, node);
  const Node* at = &node;
  for (int step = 0; step < kLongestWay && at != nullptr; ++step) {
    if (at->is("Softmax")) {
      const Node* product = view.sole_reader(at->outputs[0]);
      return product != nullptr && softmax_of(view, *product) == at ? at : nullptr;
    }
    if (!is_pointwise(*at)) return nullptr;
    at = view.sole_reader(at->outputs[0]);
  }
  return nullptr;
}

/// Scores, Softmax and the product behind it become one operator, which reads the scores' 8 bits.
bool is_in_attention(const FusionView& view, const Node& node) {
  const Node* softmax = softmax_around(view, node);
  const Node* scores = softmax == nullptr ? nullptr : scores_of(view, *softmax);
  return scores != nullptr && inputs_low(view, *scores) && second_symmetric(view, *scores);
}

/// Between an integer product and the pair in front of a product of two activations: the Q is
/// pulled to the front.
bool is_pulled_over(const FusionView& view, const Node& node) {
  const auto turns = [](const Node& n) { return n.is("Reshape") || n.is("Transpose"); };
  const Node* at = &node;
  while (at != nullptr && turns(*at)) at = view.sole_reader(at->outputs[0]);
  if (at == nullptr || !at->is("QuantizeLinear")) return false;
  const Node* dq = view.sole_reader(at->outputs[0]);
  const Node* product = dq == nullptr ? nullptr : view.sole_reader(dq->outputs[0]);
  if (product == nullptr || !multiplies_activations(view, *product)) return false;
  if (!inputs_low(view, *product) || !second_symmetric(view, *product)) return false;
  const Node* first = &node;
  while (first != nullptr && turns(*first)) first = producer_of(view.graph(), first->inputs[0]);
  return first != nullptr && !first->outputs.empty() &&
         chain_start(view, first->outputs[0]) != nullptr;
}

const FusionDemand kInput = {"ov-input-quantized", input_low,
                             "its input is not of 8 bits behind constants of Q and DQ",
                             "quantize the input: a Q/DQ pair of 8 bits in front of it"};

const FusionDemand kWeight = {"ov-weight-quantized", weight_low,
                              "its weight is not of 8 bits behind DequantizeLinear",
                              "store the weight as int8 behind a DequantizeLinear"};

const FusionDemand kOneScale = {
    "ov-one-scale", one_scale,
    "the parts of the Concat in front of it have different scales or zero points",
    "put a Q/DQ pair behind the Concat, or quantize its operands alike"};

}  // namespace

const std::vector<FusionRule>& fusion_rules_openvino() {
  static const std::vector<FusionRule> kRules = {
      {"ov-conv",
       {"Conv", "ConvTranspose"},
       nullptr,
       {kInput,
        kOneScale,
        kWeight,
        {"ov-weight-symmetric", weight_symmetric, "its weight is not int8 with zero point 0",
         "quantize the weight to int8 with zero point 0"},
        {"ov-weight-axis", weight_by_channel,
         "the scales of its weight do not lie along the output channels (axis 0; 1 of a "
         "ConvTranspose)",
         "quantize the weight per output channel, or per tensor"}},
       "an integer product"},
      {"ov-product", {"Gemm", "MatMul"}, weight_is_fixed, {kInput, kWeight}, "an integer product"},
      {"ov-attention",
       attention_parts(),
       is_in_attention,
       {},
       "part of one operator around two products, the first of integers"},
      {"ov-pulled",
       {"Reshape", "Transpose"},
       is_pulled_over,
       {},
       "8 bits moved: the Q behind it is pulled to the front"},
      {"ov-matmul-activations",
       {"MatMul"},
       nullptr,
       {{"ov-inputs-quantized", inputs_low, "an operand is not of 8 bits",
         "a Q/DQ pair in front of both operands"},
        {"ov-second-symmetric", second_symmetric, "the second operand has a zero point",
         "quantize the second operand with zero point 0"}},
       "an integer product"},
      {"ov-keeps",
       keepers(),
       nullptr,
       {{"ov-inputs-quantized", inputs_low, "an operand is not of 8 bits",
         "a Q/DQ pair in front of every operand"},
        {"ov-one-scale", reshapes_one_scale, kOneScale.reason, kOneScale.fix},
        {"ov-resize-nearest", moves_8bit, "only mode nearest moves integers", ""}},
       "8 bits moved, the scale is applied later"},
      {"ov-fused",
       pointwise(),
       fuses_in_front,
       {},
       "appended to the integer product in front of it"},
      {"ov-residual", {"Add"}, is_residual, {}, "appended to the integer product in front of it"},
      {"ov-pointwise",
       pointwise(),
       nullptr,
       {{"ov-pointwise-reads-8bit", pointwise_reads_8bit, "its operands are dequantized before it",
         ""}},
       "reads and writes 8 bits, computed in floats on the way"},
      {"ov-qdq-form",
       {"QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"},
       nullptr,
       {{"ov-qdq-form", never, "OpenVINO computes QOperator form in floats, or refuses it",
         "write the file in QDQ form"}},
       ""},
      {"ov-any",
       {"*"},
       nullptr,
       {{"ov-no-integer-form", never, "OpenVINO has no integer form of this operator for the CPU",
         ""}},
       ""},
  };
  return kRules;
}

}  // namespace vernier
