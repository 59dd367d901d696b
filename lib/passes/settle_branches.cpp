#include "passes/settle_branches.h"

#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/pipeline.h"

namespace vernier {
namespace {

Tensor condition(bool value) {
  auto tensor = Tensor::allocate(DType::boolean, Shape{});
  if (!tensor) return {};
  *tensor->mutable_as<bool>() = value;
  return std::move(tensor).value();
}

bool has_if(const Graph& graph) {
  for (const Graph* one : all_graphs(graph)) {
    for (std::size_t i = 0; i < one->node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (one->alive(id) && one->node(id).is("If")) return true;
    }
  }
  return false;
}

/// Gives every If with one branch that does not fit the condition of the other one.
void decide(Graph& graph, std::vector<std::string>& notes) {
  for (Graph* one : all_graphs(graph, true)) {
    for (std::size_t i = 0; i < one->node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!one->alive(id) || !one->node(id).is("If")) continue;
      const Node& node = one->node(id);
      if (node.subgraphs.size() != 2 || one->is_constant(node.inputs[0])) continue;
      const Graph& then_body = *node.subgraphs[0];
      const Graph& else_body = *node.subgraphs[1];
      const bool then_holds = then_body.types_hold;
      if (then_holds == else_body.types_hold) continue;
      if ((then_holds ? else_body : then_body).sizes_fit) continue;
      notes.push_back("'" + node.name + "' (If): always the " + (then_holds ? "then" : "else") +
                      " branch, because the other one cannot have these sizes");
      one->set_input(id, 0, one->add_constant(node.name + "_condition", condition(then_holds)));
    }
  }
}

}  // namespace

Result<std::vector<std::string>> settle_branches(Graph& graph,
                                                 const std::shared_ptr<MemoryBudget>& budget) {
  constexpr int kRounds = 16;  // branches inside branches
  std::vector<std::string> notes;
  const Pass* const passes[] = {&inline_if_pass()};
  for (int round = 0; round < kRounds && has_if(graph); ++round) {
    FoldOptions fold;
    fold.budget = budget;
    fold.keep = {"DequantizeLinear"};
    VERNIER_TRY(fold_and_infer(graph, fold));
    decide(graph, notes);
    RewriteOptions options;
    options.set = PassSet::portable;
    options.budget = budget;
    VERNIER_ASSIGN(const RewriteReport done, run_passes(graph, passes, options));
    if (done.edits == 0) break;
  }
  return notes;
}

}  // namespace vernier
