#pragma once

#include <memory>
#include <span>
#include <vector>

#include "api/output_agreement.h"
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

/// What is done to a tensor of the recipe.
using ActOnTensor = void (*)(const MutTensorView& view, const LinearQuant& quant);

/// The sample with quantized inputs where the recipe says so.
Result<std::vector<Tensor>> quantized_inputs(const FloatModel& model, const QuantRecipe& recipe,
                                             const std::vector<Tensor>& sample,
                                             ActOnTensor act = fake_quantize);

/// What samples count where the mean of something over samples is made, by the root mean squares of
/// a tensor: 1 / rms, so that samples of large values do not decide alone, but no rms counts as
/// less than a quarter of the median, so that silent ones do not either. 0 where it is not finite.
/// Not all are 0 unless none is finite.
std::vector<double> sample_weights(std::span<const double> rms);

/// Copies of all outputs of a complete run.
Result<std::vector<Tensor>> outputs_of(const Graph& graph, const ProbeRun& run);

/// A sample and what the float model makes of it.
struct FloatSample {
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
};
/// These samples, as long as they take no more than `most_bytes` together; unreadable ones are left
/// out.
Result<std::vector<FloatSample>> float_samples(FloatModel& model, SampleSource& source,
                                               std::span<const std::int64_t> indices,
                                               std::uint64_t most_bytes);

/// The quantized model acted out in floats: weights as their integers keep them, tensors rounded
/// as they are made.
class ActedModel {
 public:
  /// All three must outlive the object.
  static Result<ActedModel> load(FloatModel& model, const QdqPlacement& placement,
                                 const QuantRecipe& recipe, ActOnTensor act = fake_quantize);
  Result<std::vector<Tensor>> outputs(const std::vector<Tensor>& sample);
  /// Of the worst output over these samples.
  Result<double> worst_db(std::span<const FloatSample> samples);

 private:
  ActedModel(FloatModel& model, const QuantRecipe& recipe, ActOnTensor act, Stops stops,
             Runner runner)
      : model_(&model),
        recipe_(&recipe),
        act_(act),
        stops_(std::move(stops)),
        runner_(std::move(runner)) {}

  FloatModel* model_;
  const QuantRecipe* recipe_;
  ActOnTensor act_;
  Stops stops_;
  Runner runner_;
};

}  // namespace vernier
