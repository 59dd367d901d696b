#pragma once

#include <memory>
#include <span>

#include "backend/backend.h"
#include "base/result.h"
#include "graph/graph.h"
#include "plan/plan.h"
#include "plan/weights.h"

namespace vernier {

struct PlanOptions {
  LowerOptions lower;
  /// In order of preference. A node that the first does not support goes to the next that does, and
  /// the plan says so; when none does, planning fails (unsupported, E-UNSUPPORTED-NODE).
  std::span<const Backend* const> backends;
  int max_depth = 32;  ///< nesting of bodies
  /// Parts of a concatenation are written where the whole will be. False: they are copied, so that
  /// a part can be changed without changing the whole.
  bool place_concats = true;
};

/// Chooses backend, memory order and place for everything. The graph's input types must be fully
/// known and its types inferred (and shape arithmetic folded) for them; values whose shape stays
/// unknown run through the scalar references with memory taken at run time. Allocates no tensor:
/// weights are requested from `weights` and made by PackedWeights::materialize.
/// Errors: unsupported, limit (sizes overflow), invalid_model.
Result<std::shared_ptr<Plan>> plan_graph(const Graph& graph, const PlanOptions& options,
                                         WeightStore& weights);

/// Makes the constants that steps read as they are aligned (copies under the budget).
Result<void> materialize_constants(Plan& plan, const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier
