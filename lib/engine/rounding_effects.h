#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/dtype.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/probe.h"
#include "engine/trial_run.h"
#include "graph/graph.h"
#include "passes/change_precision.h"
#include "runtime/thread_pool.h"

namespace vernier {

/// What rounding single values does to the outputs: for each of `constants` (float32 constants) the
/// largest relative L2 of any output, as the root of the mean square over all sets of inputs, when
/// this constant alone is rounded to `to` (float16 or bfloat16) and computation stays in float32.
/// Runs the model once per set and constant that rounding changes. Errors: those of planning and
/// running.
Result<std::vector<double>> rounding_effects(const Model& model,
                                             std::span<const PlacedValue> constants, DType to,
                                             std::span<const std::vector<NamedTensor>> inputs,
                                             const TrialOptions& options);

/// The elements of a run's float32 outputs, one vector each.
using FloatOutputs = std::vector<std::vector<float>>;

/// What rounding the values that nodes make (and the inputs) does to the outputs, when constants
/// and computation stay in float32.
class ValueRounding {
 public:
  /// `inputs`: sets as for rounding_effects; each keeps a run's memory. Errors: those of loading
  /// and planning.
  static Result<ValueRounding> load(const Model& model, DType to,
                                    std::span<const std::vector<NamedTensor>> inputs,
                                    const TrialOptions& options);
  /// Float32 inputs and values made by nodes of the main graph, in the order in which nodes run.
  [[nodiscard]] const std::vector<ValueId>& values() const { return values_; }
  /// With those rounded as they are made whose flag is set (parallel to values()): as in
  /// rounding_effects. Runs the model once per set.
  Result<double> effect(const std::vector<bool>& rounded);

 private:
  struct Set {
    std::vector<Tensor> inputs;
    std::unique_ptr<ProbeRun> run;
  };
  ValueRounding() = default;
  Result<FloatOutputs> outputs_of(Set& set, const std::vector<bool>& rounded);
  Result<std::vector<FloatOutputs>> outputs_of_all(const std::vector<bool>& rounded);

  DType to_ = DType::bfloat16;
  std::vector<ValueId> values_;
  std::vector<ValueId> inputs_;  ///< of the graph
  std::size_t outputs_ = 0;
  std::unique_ptr<ProbeModel> probe_;
  std::unique_ptr<ThreadPool> pool_;
  std::vector<Set> sets_;
  std::vector<FloatOutputs> expected_;  ///< nothing rounded
};

}  // namespace vernier
