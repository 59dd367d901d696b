#pragma once

#include <memory>
#include <vector>

#include "api/quantize_model.h"

namespace vernier {

/// A probed model with one run that is reused as long as shapes stay.
class Runner {
 public:
  Runner(Parallel& pool, std::unique_ptr<ProbeModel> probe)
      : pool_(&pool), probe_(std::move(probe)) {}

  Result<ProbeRun*> start(std::vector<Tensor> sample);
  [[nodiscard]] Parallel& pool() const { return *pool_; }

 private:
  Parallel* pool_;
  std::unique_ptr<ProbeModel> probe_;
  std::unique_ptr<ProbeRun> run_;
};

/// What is stopped at when a quantized model is acted out: outputs of weighted nodes, then tensors.
struct Stops {
  std::vector<ValueId> values;
  std::size_t weights = 0;                 ///< the first so many
  std::vector<const LinearQuant*> quants;  ///< per value, of the recipe; null for weighted nodes
};

Stops stops_of(const FloatModel& model, const QdqPlacement& placement, const QuantRecipe& recipe,
               bool with_weights);

/// The sample with quantized inputs where the recipe says so.
Result<std::vector<Tensor>> quantized_inputs(const FloatModel& model, const QuantRecipe& recipe,
                                             const std::vector<Tensor>& sample);

/// Copies of all outputs of a complete run.
Result<std::vector<Tensor>> outputs_of(const Graph& graph, const ProbeRun& run);

/// Energies of a signal and of what differs from it.
struct ErrorSums {
  double signal = 0.0;
  double noise = 0.0;
  void add(const float* want, const float* got, std::int64_t count);
  /// Within -200 (no signal) and 200 (no difference).
  [[nodiscard]] double db() const;
};
/// One entry an output; outputs that are not float are passed over.
void add_errors(const std::vector<Tensor>& want, const std::vector<Tensor>& got,
                std::vector<ErrorSums>& sums);

/// The quantized model acted out in floats: weights as their integers keep them, tensors rounded
/// as they are made.
class ActedModel {
 public:
  /// All three must outlive the object.
  static Result<ActedModel> load(FloatModel& model, const QdqPlacement& placement,
                                 const QuantRecipe& recipe);
  Result<std::vector<Tensor>> outputs(const std::vector<Tensor>& sample);

 private:
  ActedModel(FloatModel& model, const QuantRecipe& recipe, Stops stops, Runner runner)
      : model_(&model), recipe_(&recipe), stops_(std::move(stops)), runner_(std::move(runner)) {}

  FloatModel* model_;
  const QuantRecipe* recipe_;
  Stops stops_;
  Runner runner_;
};

}  // namespace vernier
