#include "api/quantize_act.h"

#include <algorithm>
#include <cmath>

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

std::vector<ValueType> types_of(std::span<const Tensor> sample) {
  std::vector<ValueType> types;
  for (const Tensor& tensor : sample) {
    types.push_back(ValueType::of(tensor.dtype(), tensor.shape()));
  }
  return types;
}

namespace {

bool can_be_seen(const Graph& graph, ValueId id) {
  return !graph.is_constant(id) && !graph.is_input(id);
}

}  // namespace

Result<std::vector<Tensor>> quantized_inputs(const FloatModel& model, const QuantRecipe& recipe,
                                             const std::vector<Tensor>& sample) {
  std::vector<Tensor> changed;
  const Graph& graph = model.model.graph;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const RecipeTensor* tensor = recipe.tensor(graph.value(graph.inputs[i].value).name);
    if (tensor == nullptr) {
      changed.push_back(sample[i]);
      continue;
    }
    VERNIER_ASSIGN(Tensor copy, Tensor::copy_of(sample[i].view()));
    fake_quantize(copy.mutable_view(), tensor->quant);
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

Result<std::vector<Tensor>> outputs_of(const Graph& graph, const ProbeRun& run) {
  std::vector<Tensor> outputs;
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
    VERNIER_ASSIGN(Tensor copy, Tensor::copy_of(run.output(k)));
    outputs.push_back(std::move(copy));
  }
  return outputs;
}

void ErrorSums::add(const float* want, const float* got, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto w = static_cast<double>(want[i]);
    const double d = w - static_cast<double>(got[i]);
    signal += w * w;
    noise += d * d;
  }
}

double ErrorSums::db() const {
  constexpr double kMost = 200.0;
  if (noise <= 0.0) return kMost;
  return signal <= 0.0 ? -kMost : std::clamp(10.0 * std::log10(signal / noise), -kMost, kMost);
}

void add_errors(const std::vector<Tensor>& want, const std::vector<Tensor>& got,
                std::vector<ErrorSums>& sums) {
  sums.resize(want.size());
  for (std::size_t k = 0; k < want.size(); ++k) {
    if (want[k].dtype() != DType::float32 || want[k].shape() != got[k].shape()) continue;
    sums[k].add(want[k].as<float>(), got[k].as<float>(), want[k].element_count());
  }
}

Result<ActedModel> ActedModel::load(FloatModel& model, const QdqPlacement& placement,
                                    const QuantRecipe& recipe) {
  Stops stops = stops_of(model, placement, recipe, false);
  VERNIER_ASSIGN(Model kept, with_kept_weights(model, recipe));
  VERNIER_ASSIGN(auto probe,
                 ProbeModel::load(std::move(kept), stops.values, model.budget, model.native));
  return ActedModel(model, recipe, std::move(stops), Runner(*model.pool, std::move(probe)));
}

Result<std::vector<Tensor>> ActedModel::outputs(const std::vector<Tensor>& sample) {
  VERNIER_ASSIGN(auto inputs, quantized_inputs(*model_, *recipe_, sample));
  VERNIER_ASSIGN(ProbeRun * run, runner_.start(std::move(inputs)));
  while (true) {
    VERNIER_ASSIGN(const auto seen, run->next(runner_.pool()));
    if (!seen) break;
    fake_quantize(seen->view, *stops_.quants[seen->value]);
  }
  return outputs_of(model_->model.graph, *run);
}

}  // namespace vernier
