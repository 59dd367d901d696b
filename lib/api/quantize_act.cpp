#include "api/quantize_act.h"

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
