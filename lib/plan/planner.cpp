#include "plan/planner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "plan/assignment.h"
#include "plan/emitter.h"
#include "plan/layouts.h"

namespace vernier {
namespace {

Result<std::shared_ptr<Plan>> plan_at_depth(const Graph& graph, const PlanOptions& options,
                                            WeightStore& weights, int depth);

/// Plans of a node's bodies; null where a body's inputs are not fully known.
Result<std::vector<std::shared_ptr<Plan>>> plan_bodies(const Node& node, const PlanOptions& options,
                                                       WeightStore& weights, int depth) {
  std::vector<std::shared_ptr<Plan>> plans;
  for (const GraphPtr& body : node.subgraphs) {
    const auto is_known = [&](ValueId id) {
      return id == ValueId::none || body->is_constant(id) ||
             body->value(id).type.shape().has_value();
    };
    bool known =
        body->types_hold && std::all_of(body->captures.begin(), body->captures.end(), is_known);
    for (const Port& port : body->inputs) known = known && is_known(port.value);
    // Loop and Scan state may change its shape from one iteration to the next.
    known = known && node.is("If");
    if (!known) {
      plans.push_back(nullptr);
      continue;
    }
    VERNIER_ASSIGN(auto plan, plan_at_depth(*body, options, weights, depth + 1));
    plans.push_back(std::move(plan));
  }
  return plans;
}

Result<std::shared_ptr<Plan>> plan_at_depth(const Graph& graph, const PlanOptions& options,
                                            WeightStore& weights, int depth) {
  if (depth > options.max_depth) {
    return limit_error("bodies are nested more than " + std::to_string(options.max_depth) + " deep",
                       "E-LIMIT-DEPTH");
  }
  VERNIER_ASSIGN(auto table, assign_backends(graph, options));
  const LayoutDecisions decisions = decide_layouts(graph, table, options);
  PlanEmitter emitter(graph, table, decisions, options, weights);
  for (std::size_t i = 0; i < table.nodes.size(); ++i) {
    const Node& node = graph.node(table.nodes[i].id);
    std::vector<std::shared_ptr<Plan>> bodies;
    if (!node.subgraphs.empty()) {
      VERNIER_ASSIGN(bodies, plan_bodies(node, options, weights, depth));
    }
    if (auto emitted = emitter.emit_node(i, std::move(bodies)); !emitted) {
      return with_node(std::move(emitted).error(), node);
    }
  }
  return emitter.finish();
}

}  // namespace

Result<std::shared_ptr<Plan>> plan_graph(const Graph& graph, const PlanOptions& options,
                                         WeightStore& weights) {
  return plan_at_depth(graph, options, weights, 0);
}

Result<void> materialize_constants(Plan& plan, const std::shared_ptr<MemoryBudget>& budget) {
  for (Tensor& constant : plan.constants) {
    VERNIER_ASSIGN(constant, constant.to_aligned(budget));
  }
  for (const PlanStep& step : plan.steps) {
    for (const auto& body : step.bodies) {
      if (body) VERNIER_TRY(materialize_constants(*body, budget));
    }
  }
  return {};
}

}  // namespace vernier
