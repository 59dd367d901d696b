#include "graph/evaluate.h"

#include <optional>
#include <utility>

namespace vernier {
namespace {

/// Output and scratch memory on the heap, bodies through evaluate_graph.
class HeapEval final : public EvalContext {
 public:
  HeapEval(const Node& node, std::span<const TensorView> inputs,
           std::shared_ptr<MemoryBudget> budget, int max_depth)
      : node_(node),
        inputs_(inputs),
        outputs_(node.outputs.size()),
        budget_(std::move(budget)),
        max_depth_(max_depth) {}

  [[nodiscard]] const OpParams& params() const override { return node_.params(); }
  [[nodiscard]] int opset() const override { return node_.opset; }
  [[nodiscard]] std::size_t input_count() const override { return node_.formal_input_count(); }
  [[nodiscard]] std::size_t output_count() const override { return node_.outputs.size(); }
  [[nodiscard]] bool has_input(std::size_t i) const override {
    return i < input_count() && inputs_[i].dtype != DType::undefined;
  }
  [[nodiscard]] bool has_output(std::size_t i) const override {
    return i < outputs_.size() && node_.outputs[i] != ValueId::none;
  }
  [[nodiscard]] const TensorView& input(std::size_t i) const override { return inputs_[i]; }
  Result<MutTensorView> output(std::size_t i, DType dtype, const Shape& shape) override {
    if (i >= outputs_.size()) return internal_error("output index out of range");
    VERNIER_ASSIGN(outputs_[i], Tensor::allocate(dtype, shape, budget_));
    return outputs_[i].mutable_view();
  }
  Result<std::span<const TensorView>> run_subgraph(
      std::size_t i, std::span<const TensorView> formal_inputs) override {
    if (max_depth_ <= 0) return limit_error("bodies are nested too deeply", "E-LIMIT-DEPTH");
    const auto captures = inputs_.subspan(node_.formal_input_count());
    VERNIER_ASSIGN(body_outputs_, evaluate_graph(*node_.subgraphs[i], formal_inputs, captures,
                                                 budget_, max_depth_ - 1));
    body_views_.clear();
    for (const Tensor& tensor : body_outputs_) body_views_.push_back(tensor.view());
    return std::span<const TensorView>(body_views_);
  }
  [[nodiscard]] std::size_t subgraph_count() const override { return node_.subgraphs.size(); }
  [[nodiscard]] std::vector<ValueType> body_output_types(std::size_t i) const override {
    std::vector<ValueType> types;
    const Graph& body = *node_.subgraphs[i];
    for (const Port& port : body.outputs) types.push_back(body.value(port.value).type);
    return types;
  }
  Result<std::byte*> scratch(std::size_t bytes) override {
    VERNIER_ASSIGN(Buffer buffer, Buffer::allocate(bytes, budget_, "scratch"));
    scratch_.push_back(std::move(buffer));
    return scratch_.back().data();
  }

  std::vector<Tensor> take_outputs() { return std::move(outputs_); }

 private:
  const Node& node_;
  std::span<const TensorView> inputs_;
  std::vector<Tensor> outputs_;
  std::shared_ptr<MemoryBudget> budget_;
  int max_depth_;
  std::vector<Tensor> body_outputs_;
  std::vector<TensorView> body_views_;
  std::vector<Buffer> scratch_;
};

}  // namespace

Result<std::vector<Tensor>> evaluate_node(const Node& node, std::span<const TensorView> inputs,
                                          const std::shared_ptr<MemoryBudget>& budget,
                                          int max_depth) {
  HeapEval context(node, inputs, budget, max_depth);
  if (auto result = node.op->reference(context); !result) {
    return with_node(std::move(result).error(), node);
  }
  return context.take_outputs();
}

Result<std::vector<Tensor>> evaluate_graph(const Graph& graph, std::span<const TensorView> inputs,
                                           std::span<const TensorView> captures,
                                           const std::shared_ptr<MemoryBudget>& budget,
                                           int max_depth) {
  if (inputs.size() != graph.inputs.size()) {
    return internal_error("evaluate_graph: wrong number of inputs");
  }
  VERNIER_ASSIGN(const auto order, graph.topological_order());
  std::vector<TensorView> views(graph.value_count());
  std::vector<Tensor> owned(graph.value_count());
  std::vector<int> remaining(graph.value_count(), 0);
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    remaining[i] = static_cast<int>(graph.uses(id).size());
    if (!graph.is_constant(id)) continue;
    VERNIER_ASSIGN(owned[i], graph.value(id).constant->to_aligned(budget));
    views[i] = owned[i].view();
    remaining[i] += 1;  // constants stay
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    views[index_of(graph.inputs[i].value)] = inputs[i];
  }
  for (std::size_t i = 0; i < captures.size() && i < graph.captures.size(); ++i) {
    if (graph.captures[i] != ValueId::none) views[index_of(graph.captures[i])] = captures[i];
  }
  for (const Port& port : graph.outputs) ++remaining[index_of(port.value)];
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    std::vector<TensorView> arguments;
    for (const ValueId input : node.inputs) {
      arguments.push_back(input == ValueId::none ? TensorView{} : views[index_of(input)]);
    }
    VERNIER_ASSIGN(auto results, evaluate_node(node, arguments, budget, max_depth));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == ValueId::none) continue;
      const std::size_t at = index_of(node.outputs[i]);
      owned[at] = std::move(results[i]);
      views[at] = owned[at].view();
    }
    for (const ValueId input : node.inputs) {
      if (input != ValueId::none && --remaining[index_of(input)] == 0) {
        owned[index_of(input)] = Tensor{};
      }
    }
  }
  std::vector<Tensor> outputs;
  for (const Port& port : graph.outputs) {
    const std::size_t at = index_of(port.value);
    if (owned[at].defined()) {
      outputs.push_back(owned[at]);
    } else if (views[at].dtype != DType::undefined) {
      VERNIER_ASSIGN(Tensor copy, Tensor::copy_of(views[at], budget));
      outputs.push_back(std::move(copy));
    } else {
      return invalid_model("graph output '" + port.name + "' is never produced", "E-MODEL-OUTPUT");
    }
  }
  return outputs;
}

}  // namespace vernier
