#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "passes/pipeline.h"
#include "plan/plan.h"
#include "plan/weights.h"

namespace vernier {

/// How a model becomes plans.
struct NativeModelOptions {
  std::vector<const Backend*> backends;  ///< in order of preference; not empty
  LowerOptions lower;
  std::uint64_t max_memory_bytes = 0;                      ///< 0: default_memory_limit_bytes()
  std::vector<std::pair<std::string, std::int64_t>> dims;  ///< symbolic dimension -> size
  bool optimize = true;                                    ///< false: folding only
  std::vector<std::string> disabled_passes;
  bool place_concats = true;  ///< see PlanOptions
};

/// A model that was imported and optimised by vernier, ready to be planned for any input shapes.
/// Weights are packed once and shared by all plans. Not thread safe.
class NativeModel {
 public:
  /// Errors: those of the importer, of inference, of the passes; usage E-DIM-NAME for a dimension
  /// that the model does not have.
  static Result<std::unique_ptr<NativeModel>> load(const std::string& path,
                                                   NativeModelOptions options);

  /// The same for a model that was imported under `budget`.
  static Result<std::unique_ptr<NativeModel>> load(Model model,
                                                   std::shared_ptr<MemoryBudget> budget,
                                                   NativeModelOptions options);

  /// What the file says, with the optimised graph.
  [[nodiscard]] const Model& model() const noexcept { return model_; }
  [[nodiscard]] const std::vector<PassReport>& passes() const noexcept { return passes_; }
  [[nodiscard]] const std::shared_ptr<MemoryBudget>& budget() const noexcept { return budget_; }
  [[nodiscard]] const PackedWeights& weights() const noexcept { return weights_; }

  /// Specialises the graph for these input types (parallel to model().graph.inputs, all dims
  /// known).
  Result<Graph> specialize(std::span<const ValueType> inputs) const;
  /// Plans a specialised graph; allocates nothing that grows with the model.
  Result<std::shared_ptr<Plan>> plan(const Graph& specialized);
  /// Bytes that running this plan will add: weights not packed yet, constants, activations.
  [[nodiscard]] std::uint64_t planned_bytes(const Plan& plan) const noexcept;
  /// Refuses (limit E-LIMIT-MEMORY) when planned_bytes exceed what the budget has left; then packs
  /// the weights.
  Result<void> materialize(Plan& plan);
  /// Forgets the weights that a plan asked for and did not get.
  void abandon() { weights_.discard_pending(); }
  /// Lets the graph's own tensors go. No other plan can be made afterwards.
  void release_graph();

 private:
  Result<RewriteReport> rewrite(Graph& graph) const;
  Result<void> widen_halves();
  Result<std::shared_ptr<Plan>> plan_with(const Graph& specialized, std::int64_t min_pixels);
  Result<void> choose_winograd(const Graph& specialized);
  explicit NativeModel(NativeModelOptions options) : options_(std::move(options)) {}

  NativeModelOptions options_;
  std::shared_ptr<MemoryBudget> budget_;  // shared: buffers give their bytes back to it
  Model model_;
  std::vector<PassReport> passes_;
  PackedWeights weights_;
  bool winograd_chosen_ = false;  ///< options_.lower.winograd_min_pixels was decided
};

}  // namespace vernier
