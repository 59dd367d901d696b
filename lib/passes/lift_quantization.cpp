#include "passes/lift_quantization.h"

#include <algorithm>
#include <set>

#include "graph/edit.h"
#include "graph/infer.h"
#include "graph/verify.h"
#include "ops/registry.h"
#include "passes/fold.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/pipeline.h"
#include "passes/qdq_placement.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

bool is_qoperator(const Node& node) {
  return node.op->name.starts_with("QLinear") || node.op->name == "QGemm" ||
         node.op->name == "ConvInteger" || node.op->name == "MatMulInteger";
}

/// Never below 0, whatever is read.
bool is_never_negative(const Graph& graph, ValueId value) {
  const Node* node = producer_of(graph, value);
  if (node == nullptr) return false;
  const std::string_view op = node->op->name;
  if (op == "Relu" || op == "Sigmoid" || op == "Softmax" || op == "Abs" || op == "HardSigmoid" ||
      op == "Exp" || op == "Sqrt") {
    return true;
  }
  const auto clamp = clamp_of(graph, *node);
  return clamp && clamp->first >= 0.0;
}

/// Its result is not negative when what it reads is not.
bool keeps_sign(const Node& node) {
  // Cubic interpolation overshoots.
  if (node.is("Resize")) return string_attribute(node, "mode", "nearest") != "cubic";
  constexpr std::string_view kMoving[] = {"MaxPool",       "AveragePool", "GlobalAveragePool",
                                          "GlobalMaxPool", "Reshape",     "Flatten",
                                          "Squeeze",       "Unsqueeze",   "Transpose",
                                          "Slice",         "Identity",    "Concat",
                                          "Split",         "Gather",      "Expand"};
  return std::find(std::begin(kMoving), std::end(kMoving), node.op->name) != std::end(kMoving);
}

class Lift {
 public:
  Lift(Graph& graph, const std::shared_ptr<MemoryBudget>& budget)
      : graph_(graph), budget_(budget) {}

  Result<LiftReport> run() {
    VERNIER_TRY(infer_types(graph_));
    const Pass* const expand[] = {&expand_qoperator_pass()};
    RewriteOptions options;
    options.budget = budget_;
    VERNIER_TRY(run_passes(graph_, expand, options));
    name_all_nodes(graph_);
    VERNIER_ASSIGN(const auto order, graph_.topological_order());
    for (const NodeId id : order) note_weight(graph_.node(id));
    for (const NodeId id : order) {
      if (graph_.alive(id) && varies(id)) VERNIER_TRY(take_out(id));
    }
    VERNIER_TRY(refuse_what_is_left());
    FoldOptions fold;
    fold.budget = budget_;
    fold.max_output_bytes = SIZE_MAX;
    VERNIER_TRY(fold_and_infer(graph_, fold));
    VERNIER_TRY(verify(graph_));
    return std::move(report_);
  }

 private:
  [[nodiscard]] bool varies(NodeId id) const {
    const Node& node = graph_.node(id);
    return node.is("QuantizeLinear") && !graph_.is_constant(node.inputs[0]);
  }

  static Error refusal(const Node& node, const std::string& why) {
    return with_node(unsupported(why, "E-QUANT-LIFT"), node);
  }

  /// Remembers how an int8 weight was quantized.
  void note_weight(const Node& node) {
    if (!is_weighted(node)) return;
    const Node* from = producer_of(graph_, input_of(node, 1), "DequantizeLinear");
    if (from == nullptr || !graph_.is_constant(from->inputs[0])) return;
    const Tensor& weight = *graph_.value(from->inputs[0]).constant;
    const ValueId scale = from->inputs[1];
    const bool plain = weight.dtype() == DType::int8 && graph_.is_constant(scale) &&
                       graph_.value(scale).type.dtype == DType::float32 && zeros_only(*from) &&
                       int_attribute(*from, "block_size", 0) == 0;
    auto scales =
        plain ? constant_floats(graph_, scale) : Result<std::vector<float>>(std::vector<float>());
    if (!scales || scales->empty()) {
      ++report_.other_weights;
      return;
    }
    std::int64_t axis = int_attribute(*from, "axis", 1);
    if (axis < 0) axis += static_cast<std::int64_t>(weight.shape().size());
    // What is quantized as one has no axis of its own; output channels are what others expect.
    if (scales->size() == 1) axis = node.is("MatMul") ? 1 : 0;
    report_.recipe.weights.push_back(
        {node.name, static_cast<int>(axis), std::move(*scales), "file", {}});
  }

  [[nodiscard]] bool zeros_only(const Node& dequantize) const {
    const ValueId zero = input_of(dequantize, 2);
    if (zero == ValueId::none) return true;
    if (!graph_.is_constant(zero)) return false;
    const Tensor& zeros = *graph_.value(zero).constant;
    for (std::int64_t i = 0; i < zeros.element_count(); ++i) {
      if (element_as_double(zeros, i).value_or(1.0) != 0.0) return false;
    }
    return true;
  }

  /// A QuantizeLinear and all DequantizeLinear behind it.
  Result<void> take_out(NodeId id) {
    const Node quantize = graph_.node(id);
    const auto point = quantizes(graph_, quantize);
    if (!point) return refusal(quantize, "its scale or type is not that of a uint8 or int8 tensor");
    ValueId real = quantize.inputs[0];
    Edit edit(graph_);
    const LinearQuant quant{point->dtype, point->scale, point->zero};
    const bool known = report_.recipe.tensor(graph_.value(real).name) != nullptr;
    if (known) ++report_.requantized;
    const bool clips = quant.range().low == 0.0 && !known && !never_negative(graph_, real);
    if (clips) {
      VERNIER_ASSIGN(Node relu, make_node(find_op("", "Relu"), quantize.name + "_relu",
                                          quantize.opset, {real}));
      ++report_.rectified;
      real = edit.add_node(std::move(relu));
    }
    if (graph_.is_output(quantize.outputs[0])) {
      return refusal(quantize, "an output of the model is an integer tensor");
    }
    for (const NodeId user : graph_.uses(quantize.outputs[0])) {
      const Node& reader = graph_.node(user);
      if (!reader.is("DequantizeLinear") || !dequantized(graph_, reader.outputs[0])) {
        return refusal(reader, "it computes on integers without DequantizeLinear in front");
      }
      edit.replace(reader.outputs[0], real);
      edit.remove(user);
    }
    // Goes with its readers, unless it had none.
    if (graph_.uses(quantize.outputs[0]).empty()) edit.remove(id);
    const std::string before = graph_.value(quantize.inputs[0]).name;
    VERNIER_TRY(apply(graph_, std::move(edit)));
    if (known) return {};
    const std::string name = clips ? rectified_name(quantize.inputs[0]) : before;
    report_.recipe.tensors.push_back({name, quant, "file", ""});
    return {};
  }

  /// Of the Relu that reads `value` and was just made.
  [[nodiscard]] std::string rectified_name(ValueId value) const {
    for (const NodeId user : graph_.uses(value)) {
      if (graph_.node(user).is("Relu")) return graph_.value(graph_.node(user).outputs[0]).name;
    }
    return graph_.value(value).name;
  }

  [[nodiscard]] Result<void> refuse_what_is_left() const {
    for (std::size_t i = 0; i < graph_.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph_.alive(id)) continue;
      const Node& node = graph_.node(id);
      const bool integers = is_qoperator(node) || varies(id) ||
                            (node.is("DequantizeLinear") && !graph_.is_constant(node.inputs[0]));
      if (integers) return refusal(node, "there is no float form of it");
    }
    return {};
  }

  Graph& graph_;
  const std::shared_ptr<MemoryBudget>& budget_;
  LiftReport report_;
};

}  // namespace

bool never_negative(const Graph& graph, ValueId value) {
  constexpr int kMost = 64;
  std::vector<ValueId> waiting = {value};
  for (int i = 0; i < kMost && !waiting.empty(); ++i) {
    const ValueId id = waiting.back();
    waiting.pop_back();
    if (is_never_negative(graph, id)) continue;
    const Node* node = producer_of(graph, id);
    if (node == nullptr || !keeps_sign(*node)) return false;
    const std::size_t operands = node->is("Concat") ? node->inputs.size() : 1;
    for (std::size_t k = 0; k < operands; ++k) waiting.push_back(node->inputs[k]);
  }
  return waiting.empty();
}

bool is_quantized(const Graph& graph) {
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id)) continue;
    const Node& node = graph.node(id);
    if (node.is("QuantizeLinear") && !graph.is_constant(node.inputs[0])) return true;
    if (is_qoperator(node)) return true;
  }
  return false;
}

Result<LiftReport> lift_quantization(Graph& graph, const std::shared_ptr<MemoryBudget>& budget) {
  return Lift(graph, budget).run();
}

}  // namespace vernier
