#include "passes/lift_quantization.h"

#include <algorithm>
#include <map>
#include <optional>
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
  if (moves_elements(node)) return true;
  // Cubic interpolation overshoots.
  if (node.is("Resize")) return string_attribute(node, "mode", "nearest") != "cubic";
  constexpr std::string_view kMeans[] = {"MaxPool",       "AveragePool", "GlobalAveragePool",
                                         "GlobalMaxPool", "Identity",    "Concat"};
  return std::find(std::begin(kMeans), std::end(kMeans), node.op->name) != std::end(kMeans);
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
    VERNIER_ASSIGN(auto order, graph_.topological_order());
    for (const NodeId id : order) VERNIER_TRY(move_real_values(id));
    VERNIER_ASSIGN(order, graph_.topological_order());
    for (const NodeId id : order) VERNIER_TRY(move_real_constants(id));
    name_all_nodes(graph_);
    VERNIER_ASSIGN(order, graph_.topological_order());
    for (const NodeId id : order) note_weight(graph_.node(id));
    for (const NodeId id : order) {
      if (graph_.alive(id) && varies(id)) VERNIER_TRY(take_out(id));
    }
    FoldOptions fold;
    fold.budget = budget_;
    fold.max_output_bytes = SIZE_MAX;
    VERNIER_TRY(fold_and_infer(graph_, fold));
    VERNIER_TRY(refuse_what_is_left());
    VERNIER_TRY(verify(graph_));
    name_all_values();
    for (const auto& [value, quant] : tensors_) {
      report_.recipe.tensors.push_back({graph_.value(value).name, quant, "file", ""});
    }
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

  /// What moves integers moves real values between DequantizeLinear and QuantizeLinear.
  Result<void> move_real_values(NodeId id) {
    const Node mover = graph_.node(id);
    if (!moves_elements(mover)) return {};
    const Node* source = producer_of(graph_, mover.inputs[0], "QuantizeLinear");
    if (source == nullptr || graph_.is_constant(source->inputs[0])) return {};
    if (!quantizes(graph_, *source)) return {};  // refused further on
    Edit edit(graph_);
    std::vector<ValueId> point = source->inputs;
    point[0] = mover.inputs[0];
    VERNIER_ASSIGN(Node real,
                   make_node(find_op("", "DequantizeLinear"), mover.name, source->opset, point));
    Node moved = mover;
    moved.inputs[0] = edit.add_node(std::move(real));
    moved.outputs.clear();
    std::vector<bool> present;
    for (const ValueId output : mover.outputs) present.push_back(output != ValueId::none);
    const std::vector<ValueId> made = edit.add_node(std::move(moved), present);
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (!present[i]) continue;
      Node back = *source;
      back.inputs[0] = made[i];
      back.outputs.clear();
      edit.replace(mover.outputs[i], edit.add_node(std::move(back)));
    }
    edit.remove(id);
    VERNIER_TRY(apply(graph_, std::move(edit)));
    return {};
  }

  /// Rows that are gathered from constant integers, and the like, are gathered from floats.
  Result<void> move_real_constants(NodeId id) {
    const Node dequantize = graph_.node(id);
    if (!dequantize.is("DequantizeLinear") || !dequantized(graph_, dequantize.outputs[0]))
      return {};
    std::vector<Node> movers;
    ValueId moved = dequantize.inputs[0];
    while (!graph_.is_constant(moved)) {
      const Node* mover = producer_of(graph_, moved);
      if (mover == nullptr || !moves_elements(*mover) || mover->outputs.size() != 1) return {};
      movers.push_back(*mover);
      moved = mover->inputs[0];
    }
    if (movers.empty()) return {};
    Edit edit(graph_);
    Node real = dequantize;
    real.inputs[0] = moved;
    real.outputs.clear();
    const auto [known, is_new] = real_constants_.try_emplace(real.inputs, ValueId::none);
    if (is_new) known->second = edit.add_node(std::move(real));
    ValueId made = known->second;
    for (auto mover = movers.rbegin(); mover != movers.rend(); ++mover) {
      mover->inputs[0] = made;
      mover->outputs.clear();
      made = edit.add_node(std::move(*mover));
    }
    edit.replace(dequantize.outputs[0], made);
    edit.remove(id);
    VERNIER_TRY(apply(graph_, std::move(edit)));
    return {};
  }

  /// Recipes tell tensors by name; those that edits made have the names of what they replaced, or
  /// of their nodes.
  void name_all_values() {
    std::set<std::string> taken;
    const auto is_port = [&](ValueId id) { return graph_.is_input(id) || graph_.is_output(id); };
    for (const Port& port : graph_.inputs) taken.insert(graph_.value(port.value).name);
    for (const Port& port : graph_.outputs) taken.insert(graph_.value(port.value).name);
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      const Value& value = graph_.value(id);
      if (is_port(id) || (value.producer == NodeId::none && !graph_.is_constant(id))) continue;
      std::string name = value.name;
      if (name.empty() && value.producer != NodeId::none) name = graph_.node(value.producer).name;
      const std::string wanted = name;
      for (int suffix = 1; !taken.insert(name).second; ++suffix) {
        name = wanted + "_" + std::to_string(suffix);
      }
      if (name != value.name) graph_.rename(id, std::move(name));
    }
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
    const bool known = std::any_of(tensors_.begin(), tensors_.end(),
                                   [&](const auto& tensor) { return tensor.first == real; });
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
      const auto meant = reader.is("DequantizeLinear") ? dequantized(graph_, reader.outputs[0])
                                                       : std::optional<QuantPoint>();
      if (!meant) {
        return refusal(reader, "it computes on integers without DequantizeLinear in front");
      }
      if (!same_quantization(*point, *meant)) {
        return refusal(reader, "its scale or zero point is not that of QuantizeLinear");
      }
      edit.replace(reader.outputs[0], real);
      edit.remove(user);
    }
    // Goes with its readers, unless it had none.
    if (graph_.uses(quantize.outputs[0]).empty()) edit.remove(id);
    VERNIER_TRY(apply(graph_, std::move(edit)));
    if (!known) tensors_.emplace_back(real, quant);
    return {};
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
  std::vector<std::pair<ValueId, LinearQuant>> tensors_;
  /// Tables of floats, by integers, scale and zero point.
  std::map<std::vector<ValueId>, ValueId> real_constants_;
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
