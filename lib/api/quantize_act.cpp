#include "api/quantize_act.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/inputs.h"

namespace vernier {

Result<ProbeRun*> Runner::start(std::vector<Tensor> sample) {
  const std::vector<ValueType> types = types_of(sample);
  if (!run_ || run_->types() != types) {
    run_.reset();
    VERNIER_ASSIGN(run_, probe_->make_run(types));
  }
  VERNIER_TRY(run_->bind(std::move(sample)));
  return run_.get();
}

namespace {

bool can_be_seen(const Graph& graph, ValueId id) {
  return !graph.is_constant(id) && !graph.is_input(id);
}

}  // namespace

Result<std::vector<Tensor>> quantized_inputs(const FloatModel& model, const QuantRecipe& recipe,
                                             const std::vector<Tensor>& sample, ActOnTensor act) {
  std::vector<Tensor> changed;
  const Graph& graph = model.model.graph;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const RecipeTensor* tensor = recipe.tensor(graph.value(graph.inputs[i].value).name);
    if (tensor == nullptr) {
      changed.push_back(sample[i]);
      continue;
    }
    VERNIER_ASSIGN(Tensor copy, Tensor::copy_of(sample[i].view()));
    act(copy.mutable_view(), tensor->quant);
    changed.push_back(std::move(copy));
  }
  return changed;
}

Stops stops_of(const FloatModel& model, const QdqPlacement& placement, const QuantRecipe& recipe,
               bool with_weights) {
  Stops stops;
  const Graph& graph = model.model.graph;
  if (with_weights) {
    for (const PlacedWeight& weight : placement.weights) {
      stops.values.push_back(weight.output);
      stops.quants.push_back(nullptr);
    }
  }
  stops.weights = stops.values.size();
  for (const PlacedTensor& tensor : placement.tensors) {
    const RecipeTensor* entry = recipe.tensor(graph.value(tensor.value).name);
    if (entry == nullptr || !can_be_seen(graph, tensor.value)) continue;
    stops.values.push_back(tensor.value);
    stops.quants.push_back(&entry->quant);
  }
  return stops;
}

std::vector<double> sample_weights(std::span<const double> rms) {
  constexpr double kLeastShare = 0.25;
  std::vector<double> known;
  std::copy_if(rms.begin(), rms.end(), std::back_inserter(known),
               [](double value) { return std::isfinite(value); });
  std::vector<double> weights(rms.size(), 0.0);
  if (known.empty()) return weights;
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2);
  std::nth_element(known.begin(), middle, known.end());
  const double least = kLeastShare * *middle;
  for (std::size_t i = 0; i < rms.size(); ++i) {
    if (!std::isfinite(rms[i])) continue;
    // With a median of 0 there is nothing to go by.
    weights[i] = least > 0.0 ? 1.0 / std::max(rms[i], least) : 1.0;
  }
  return weights;
}

Result<std::vector<Tensor>> outputs_of(const Graph& graph, const ProbeRun& run) {
  std::vector<Tensor> outputs;
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
    VERNIER_ASSIGN(Tensor copy, Tensor::copy_of(run.output(k)));
    outputs.push_back(std::move(copy));
  }
  return outputs;
}

Result<std::vector<FloatSample>> float_samples(FloatModel& model, SampleSource& source,
                                               std::span<const std::int64_t> indices,
                                               std::uint64_t most_bytes) {
  VERNIER_ASSIGN(auto probe, ProbeModel::load(model.model, {}, model.budget, model.native));
  Runner runner(*model.pool, std::move(probe));
  std::vector<FloatSample> made;
  std::uint64_t bytes = 0;
  for (const std::int64_t index : indices) {
    if (bytes >= most_bytes) break;
    auto inputs = source.load(index);
    if (!inputs && inputs.error().code == Errc::invalid_data) continue;  // told by others
    VERNIER_TRY(inputs);
    FloatSample sample;
    sample.inputs = std::move(inputs).value();
    VERNIER_ASSIGN(ProbeRun * run, runner.start(sample.inputs));
    VERNIER_ASSIGN(const auto seen, run->next(runner.pool()));
    if (seen) return internal_error("a run without stops stopped", "E-INTERNAL-ORDER");
    VERNIER_ASSIGN(sample.outputs, outputs_of(model.model.graph, *run));
    for (const Tensor& input : sample.inputs) bytes += input.byte_count();
    for (const Tensor& output : sample.outputs) bytes += output.byte_count();
    made.push_back(std::move(sample));
  }
  return made;
}

Result<ActedModel> ActedModel::load(FloatModel& model, const QdqPlacement& placement,
                                    const QuantRecipe& recipe, ActOnTensor act) {
  Stops stops = stops_of(model, placement, recipe, false);
  VERNIER_ASSIGN(Model kept, with_kept_weights(model, recipe));
  VERNIER_ASSIGN(auto probe,
                 ProbeModel::load(std::move(kept), stops.values, model.budget, model.native));
  return ActedModel(model, recipe, act, std::move(stops), Runner(*model.pool, std::move(probe)));
}

Result<std::vector<Tensor>> ActedModel::outputs(const std::vector<Tensor>& sample) {
  VERNIER_ASSIGN(auto inputs, quantized_inputs(*model_, *recipe_, sample, act_));
  VERNIER_ASSIGN(ProbeRun * run, runner_.start(std::move(inputs)));
  while (true) {
    VERNIER_ASSIGN(const auto seen, run->next(runner_.pool()));
    if (!seen) break;
    act_(seen->view, *stops_.quants[seen->value]);
  }
  return outputs_of(model_->model.graph, *run);
}

Result<double> ActedModel::worst_db(std::span<const FloatSample> samples) {
  std::vector<ErrorSums> errors;
  for (const FloatSample& sample : samples) {
    VERNIER_ASSIGN(const auto got, outputs(sample.inputs));
    add_errors(sample.outputs, got, errors);
  }
  double worst = ErrorSums().db();
  for (const ErrorSums& sums : errors) worst = std::min(worst, sums.db());
  return worst;
}

}  // namespace vernier
