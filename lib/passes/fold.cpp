#include "passes/fold.h"

#include <algorithm>

#include "graph/edit.h"
#include "graph/evaluate.h"
#include "graph/infer.h"

namespace vernier {
namespace {

class Folder {
 public:
  Folder(const FoldOptions& options, FoldReport& report) : options_(options), report_(report) {}

  /// InferOptions::fold
  Result<bool> fold(Graph& graph, NodeId id) {
    if (!options_.constants || !may_edit()) return false;
    const Node& node = graph.node(id);
    const Traits& traits = node.op->traits;
    const bool constant = std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
      return input == ValueId::none || graph.is_constant(input);
    });
    if (!constant) return false;
    if (!traits.deterministic) return block("the operator is not deterministic");
    if (!traits.foldable || traits.has_subgraph) return block("the operator cannot be folded");
    if (std::find(options_.keep.begin(), options_.keep.end(), node.op->name) !=
        options_.keep.end()) {
      return block("the operator is to be kept");
    }
    if (node.is("Identity") && !graph.is_output(node.outputs[0])) return forward(graph, id);
    // A wrong node is reported by the inference that follows; one whose declared shape is wrong is
    // left to the next walk.
    if (!infer_node(graph, id)) return false;
    if (!output_is_small(graph, node)) return block("the result is too large");
    if (!work_is_small(graph, node)) return block("the work is too large");
    return evaluate(graph, id);
  }

  /// InferOptions::known
  Result<void> known(Graph& graph, NodeId id, std::size_t output, std::span<const Dim> elements) {
    if (!options_.shapes || !may_edit()) return {};
    const ValueId value = graph.node(id).outputs[output];
    const ValueType type = graph.value(value).type;
    const auto shape = type.shape();
    if (!shape) return {};
    Tensor tensor;
    if (type.dtype == DType::int64) {
      std::vector<std::int64_t> values;
      for (const Dim& dim : elements) values.push_back(dim.value);
      tensor = Tensor::from_int64(values, *shape);
    } else {
      VERNIER_ASSIGN(tensor, Tensor::allocate(type.dtype, *shape, options_.budget));
      for (std::size_t i = 0; i < elements.size(); ++i) {
        tensor.mutable_as<std::int32_t>()[i] = static_cast<std::int32_t>(elements[i].value);
      }
    }
    graph.detach_and_set_constant(value, std::move(tensor));
    remove_if_empty(graph, id);
    ++report_.shapes;
    return {};
  }

 private:
  [[nodiscard]] bool may_edit() const {
    return options_.max_edits < 0 || report_.constants + report_.shapes < options_.max_edits;
  }

  bool block(const std::string& reason) {
    ++report_.blocked[reason];
    return false;
  }

  static void remove_if_empty(Graph& graph, NodeId id) {
    const auto& outputs = graph.node(id).outputs;
    const bool empty = std::all_of(outputs.begin(), outputs.end(),
                                   [](ValueId output) { return output == ValueId::none; });
    if (empty) graph.remove_node(id);
  }

  [[nodiscard]] bool output_is_small(const Graph& graph, const Node& node) const {
    std::size_t limit = options_.max_output_bytes;
    std::size_t in_bytes = 0;
    for (const ValueId input : node.inputs) {
      if (input != ValueId::none) in_bytes += graph.value(input).constant->byte_count();
    }
    limit = std::max(limit, in_bytes);
    std::size_t bytes = 0;
    for (const ValueId output : node.outputs) {
      if (output == ValueId::none) continue;
      const ValueType& type = graph.value(output).type;
      const auto shape = type.shape();
      if (!shape) continue;  // data dependent: evaluate() checks what came out
      const auto count = checked_byte_count(type.dtype, *shape);
      if (!count || *count > limit - bytes) return false;
      bytes += *count;
    }
    return true;
  }

  [[nodiscard]] bool work_is_small(const Graph& graph, const Node& node) const {
    if (node.op->macs == nullptr) return true;
    std::vector<Shape> inputs;
    std::vector<Shape> outputs;
    for (const ValueId input : node.inputs) {
      inputs.push_back(input == ValueId::none ? Shape{} : graph.value(input).constant->shape());
    }
    for (const ValueId output : node.outputs) {
      const auto shape =
          output == ValueId::none ? std::optional(Shape{}) : graph.value(output).type.shape();
      if (!shape) return false;
      outputs.push_back(*shape);
    }
    return node.op->macs(node.params(), inputs, outputs) <= options_.max_macs;
  }

  /// Readers of another name for a constant read the constant, of which there stays one.
  Result<bool> forward(Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    graph.replace_uses(node.outputs[0], node.inputs[0]);
    graph.remove_node(id);
    ++report_.constants;
    return true;
  }

  Result<bool> evaluate(Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    std::vector<Tensor> held;
    std::vector<TensorView> views;
    for (const ValueId input : node.inputs) {
      if (input == ValueId::none) {
        views.emplace_back();
        continue;
      }
      auto aligned = graph.value(input).constant->to_aligned(options_.budget);
      if (!aligned) return block("the memory budget is used up");
      held.push_back(std::move(aligned).value());
      views.push_back(held.back().view());
    }
    auto results = evaluate_node(node, views, options_.budget);
    if (!results) {
      Error& error = results.error();
      if (error.code == Errc::internal) return std::move(error);
      return block("evaluation failed: " + error.id);
    }
    const std::vector<ValueId> outputs = node.outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == ValueId::none || !(*results)[i].defined()) continue;
      if ((*results)[i].byte_count() > options_.max_output_bytes &&
          !graph.value(outputs[i]).type.shape()) {
        return block("the result is too large");
      }
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == ValueId::none || !(*results)[i].defined()) continue;
      graph.detach_and_set_constant(outputs[i], std::move((*results)[i]));
    }
    remove_if_empty(graph, id);
    ++report_.constants;
    return !graph.alive(id);
  }

  const FoldOptions& options_;
  FoldReport& report_;
};

}  // namespace

Result<void> fold_and_infer(Graph& graph, const FoldOptions& options, FoldReport* report) {
  FoldReport unread;
  Folder folder(options, report != nullptr ? *report : unread);
  clone_bodies(graph);
  InferOptions infer;
  infer.fold = [&](Graph& g, NodeId id) { return folder.fold(g, id); };
  infer.known = [&](Graph& g, NodeId id, std::size_t output, std::span<const Dim> elements) {
    return folder.known(g, id, output, elements);
  };
  VERNIER_TRY(infer_types(graph, infer));
  remove_dead(graph);
  return {};
}

}  // namespace vernier
