#include "engine/native_model.h"

#include <algorithm>
#include <limits>

#include "engine/inputs.h"
#include "graph/edit.h"
#include "graph/infer.h"
#include "onnx/import.h"
#include "passes/change_precision.h"
#include "plan/planner.h"

namespace vernier {
namespace {

/// True when a node of the graph or of a body has constant 3x3 weights, which winograd may serve.
bool has_3x3_weights(const Graph& top) {
  std::vector<const Graph*> waiting = {&top};
  while (!waiting.empty()) {
    const Graph& graph = *waiting.back();
    waiting.pop_back();
    for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph.alive(id)) continue;
      const Node& node = graph.node(id);
      for (const GraphPtr& body : node.subgraphs) waiting.push_back(body.get());
      if (node.formal_input_count() < 2 || !graph.is_constant(node.inputs[1])) continue;
      const Shape& weight = graph.value(node.inputs[1]).constant->shape();
      if (weight.size() == 4 && weight[2] == 3 && weight[3] == 3) return true;
    }
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<NativeModel>> NativeModel::load(const std::string& path,
                                                       NativeModelOptions options) {
  onnx::ImportOptions import;
  import.budget = make_memory_budget(options.max_memory_bytes);
  VERNIER_ASSIGN(Model imported, onnx::import_model(path, import));
  return load(std::move(imported), import.budget, std::move(options));
}

Result<std::unique_ptr<NativeModel>> NativeModel::load(Model imported,
                                                       std::shared_ptr<MemoryBudget> budget,
                                                       NativeModelOptions options) {
  std::unique_ptr<NativeModel> model(new NativeModel(std::move(options)));
  model->budget_ = std::move(budget);
  model->model_ = std::move(imported);
  VERNIER_TRY(bind_dims(model->model_.graph, model->options_.dims));
  const std::vector<ValueType> declared = output_types(model->model_.graph);
  VERNIER_TRY(model->widen_halves());
  VERNIER_ASSIGN(RewriteReport report, model->rewrite(model->model_.graph));
  for (std::string& line : wrong_declarations(model->model_.graph, declared)) {
    model->model_.notes.push_back(std::move(line));
  }
  model->passes_ = std::move(report.passes);
  const Graph& graph = model->model_.graph;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto& constant = graph.value(static_cast<ValueId>(i)).constant;
    if (constant) constant->drop_pages();  // rewriting read them; packing will again
  }
  return model;
}

/// The references compute in half precision; kernels have float32 ones only.
Result<void> NativeModel::widen_halves() {
  if (options_.backends.front()->name() == kReferenceBackend) return {};
  Graph& graph = model_.graph;
  if (!holds_halves(graph)) return {};
  VERNIER_TRY(infer_types(graph));
  WidenOptions options;
  options.materialize = true;
  options.convert_ports = false;
  options.budget = budget_;
  VERNIER_ASSIGN(const PrecisionReport done, widen_precision(graph, options));
  model_.notes.push_back("half precision is computed in fp32 (" + std::to_string(done.constants) +
                         " weights widened)");
  return {};
}

Result<RewriteReport> NativeModel::rewrite(Graph& graph) const {
  RewriteOptions pipeline;
  pipeline.budget = budget_;
  pipeline.disabled = options_.disabled_passes;
  if (options_.optimize) return run_passes(graph, pipeline);
  FoldOptions fold;
  fold.budget = budget_;
  VERNIER_TRY(fold_and_infer(graph, fold));
  return RewriteReport{};
}

Result<Graph> NativeModel::specialize(std::span<const ValueType> inputs) const {
  Graph graph = model_.graph;
  clone_bodies(graph);
  graph.bound = true;
  for (std::size_t i = 0; i < inputs.size(); ++i) bind_input(graph, i, inputs[i]);
  // Known sizes open rewrites and folding that the symbolic graph did not allow.
  VERNIER_TRY(rewrite(graph));
  return graph;
}

Result<void> NativeModel::choose_winograd(const Graph& specialized) {
  // Winograd's weights may add this share to the model's; the convolutions with the most pixels per
  // weight come first, since they gain the most for a byte.
  constexpr double kMaxGrowth = 0.6;
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  if (!has_3x3_weights(specialized)) return {};  // a later shape has the same weights
  const auto weight_bytes = [&](std::int64_t min_pixels) -> Result<std::uint64_t> {
    VERNIER_ASSIGN(const auto plan, plan_with(specialized, min_pixels));
    const std::uint64_t bytes = plan->memory.weights_bytes;
    weights_.discard_pending();
    return bytes;
  };
  VERNIER_ASSIGN(const std::uint64_t direct, weight_bytes(kNever));
  const auto allowed = static_cast<std::uint64_t>(static_cast<double>(direct) * (1 + kMaxGrowth));
  options_.lower.winograd_min_pixels = kNever;
  for (const std::int64_t pixels : {0, 128, 256, 512, 1024, 1500, 2048, 4096}) {
    VERNIER_ASSIGN(const std::uint64_t bytes, weight_bytes(pixels));
    if (bytes > allowed) continue;
    options_.lower.winograd_min_pixels = pixels;
    break;
  }
  return {};
}

Result<std::shared_ptr<Plan>> NativeModel::plan(const Graph& specialized) {
  // Decided once: later shapes find their weights packed already.
  if (!winograd_chosen_) VERNIER_TRY(choose_winograd(specialized));
  winograd_chosen_ = true;
  return plan_with(specialized, options_.lower.winograd_min_pixels);
}

Result<std::shared_ptr<Plan>> NativeModel::plan_with(const Graph& specialized,
                                                     std::int64_t min_pixels) {
  PlanOptions options;
  options.lower = options_.lower;
  options.lower.winograd_min_pixels = min_pixels;
  options.backends = options_.backends;
  options.place_concats = options_.place_concats;
  auto plan = plan_graph(specialized, options, weights_);
  if (!plan) {
    weights_.discard_pending();
    return std::move(plan).error();
  }
  (*plan)->memory.weights_bytes = weights_.pending_bytes();
  return plan;
}

std::uint64_t NativeModel::planned_bytes(const Plan& plan) const noexcept {
  return weights_.pending_bytes() + plan.memory.constants_bytes + plan.memory.arena_bytes;
}

Result<void> NativeModel::materialize(Plan& plan) {
  const std::uint64_t need = planned_bytes(plan);
  const std::uint64_t used = budget_->used_bytes();
  const std::uint64_t left = budget_->limit_bytes() - std::min(used, budget_->limit_bytes());
  if (need > left) {
    Error error = limit_error("the model needs " + std::to_string(need) + " bytes (weights " +
                                  std::to_string(weights_.pending_bytes()) + ", constants " +
                                  std::to_string(plan.memory.constants_bytes) + ", activations " +
                                  std::to_string(plan.memory.arena_bytes) + "), " +
                                  std::to_string(left) + " are left of the limit",
                              "E-LIMIT-MEMORY");
    weights_.discard_pending();
    return error;
  }
  VERNIER_TRY(weights_.materialize(budget_));
  return materialize_constants(plan, budget_);
}

void NativeModel::release_graph() { model_.graph = Graph(); }

}  // namespace vernier
