#include "engine/rounding_effects.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/half.h"
#include "engine/inputs.h"
#include "graph/edit.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

/// Of all runs.
using Outputs = std::vector<FloatOutputs>;

/// Of a State or a ProbeRun after a run.
template <class Run>
FloatOutputs float_outputs(const Run& run, std::size_t count) {
  FloatOutputs all;
  for (std::size_t i = 0; i < count; ++i) {
    const TensorView view = run.output(i);
    if (view.dtype != DType::float32) continue;
    const auto* at = reinterpret_cast<const float*>(view.data);
    all.emplace_back(at, at + element_count(view.shape));
  }
  return all;
}

Result<Outputs> outputs_of(Model model, std::span<const std::vector<NamedTensor>> inputs,
                           const TrialOptions& options) {
  Outputs all;
  const std::size_t count = model.graph.outputs.size();
  const auto take = [&](std::span<const Tensor>, const State& state) {
    all.push_back(float_outputs(state, count));
  };
  VERNIER_TRY(run_trials(std::move(model), inputs, options, take));
  return all;
}

double distance(const std::vector<float>& actual, const std::vector<float>& expected) {
  double error = 0.0;
  double norm = 0.0;
  if (actual.size() != expected.size()) return HUGE_VAL;  // sizes that follow from data
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double want = expected[i];
    const double off = static_cast<double>(actual[i]) - want;
    if (!std::isfinite(want)) continue;  // it was there before
    if (std::isnan(off)) return HUGE_VAL;
    error += off * off;
    norm += want * want;
  }
  return norm > 0.0 ? std::sqrt(error / norm) : std::sqrt(error);
}

/// Of the worst output of each run the root of the mean square.
double effect_of(const Outputs& actual, const Outputs& expected) {
  double squares = 0.0;
  for (std::size_t run = 0; run < expected.size(); ++run) {
    double worst = 0.0;
    for (std::size_t i = 0; i < expected[run].size(); ++i) {
      worst = std::max(worst, distance(actual[run][i], expected[run][i]));
    }
    squares += worst * worst;
  }
  return std::sqrt(squares / static_cast<double>(expected.size()));
}

bool is_float(const ValueType& type) {
  return type.kind == ValueType::Kind::tensor && type.dtype == DType::float32;
}

template <class Half>
void round_elements(const MutTensorView& view) {
  auto* at = view.as<float>();
  for_each_offset<1>(view.shape, {view.strides}, [&](const auto& offset) {
    at[offset[0]] = static_cast<float>(Half(at[offset[0]]));
  });
}

void round_view(const MutTensorView& view, DType to) {
  if (view.dtype != DType::float32) return;
  if (to == DType::float16) {
    round_elements<float16>(view);
  } else {
    round_elements<bfloat16>(view);
  }
}

}  // namespace

Result<std::vector<double>> rounding_effects(const Model& model,
                                             std::span<const PlacedValue> constants, DType to,
                                             std::span<const std::vector<NamedTensor>> inputs,
                                             const TrialOptions& options) {
  VERNIER_ASSIGN(const Outputs expected, outputs_of(model, inputs, options));
  std::vector<double> effects;
  for (const PlacedValue& place : constants) {
    Model changed = model;
    clone_bodies(changed.graph);
    Graph& graph = *all_graphs(changed.graph).at(place.graph);
    const Tensor tensor = *graph.value(place.id).constant;
    VERNIER_ASSIGN(Tensor rounded, round_tensor(tensor, to));
    if (std::memcmp(rounded.data(), tensor.data(), rounded.byte_count()) == 0) {
      effects.push_back(0.0);
      continue;
    }
    graph.set_constant(place.id, std::move(rounded));
    VERNIER_ASSIGN(const Outputs actual, outputs_of(std::move(changed), inputs, options));
    effects.push_back(effect_of(actual, expected));
  }
  return effects;
}

Result<ValueRounding> ValueRounding::load(const Model& model, DType to,
                                          std::span<const std::vector<NamedTensor>> inputs,
                                          const TrialOptions& options) {
  ValueRounding made;
  made.to_ = to;
  const Graph& graph = model.graph;
  made.outputs_ = graph.outputs.size();
  const std::vector<TensorInfo> ports = infos_of(graph, graph.inputs);
  for (const Port& port : graph.inputs) {
    made.inputs_.push_back(port.value);
    if (is_float(graph.value(port.value).type)) made.values_.push_back(port.value);
  }
  VERNIER_ASSIGN(const auto order, graph.topological_order());
  for (const NodeId id : order) {
    for (const ValueId output : graph.node(id).outputs) {
      if (output != ValueId::none && is_float(graph.value(output).type)) {
        made.values_.push_back(output);
      }
    }
  }
  VERNIER_ASSIGN(NativeModelOptions loading, native_options(options));
  VERNIER_ASSIGN(made.probe_,
                 ProbeModel::load(model, made.values_, make_memory_budget(options.max_memory_bytes),
                                  std::move(loading)));
  VERNIER_ASSIGN(made.pool_, ThreadPool::create(options.threads));
  for (const auto& set : inputs) {
    Set kept;
    VERNIER_ASSIGN(kept.inputs, order_inputs(ports, set));
    VERNIER_ASSIGN(kept.run, made.probe_->make_run(types_of(kept.inputs)));
    made.sets_.push_back(std::move(kept));
  }
  const std::vector<bool> none(made.values_.size(), false);
  VERNIER_ASSIGN(made.expected_, made.outputs_of_all(none));
  return made;
}

Result<std::vector<FloatOutputs>> ValueRounding::outputs_of_all(const std::vector<bool>& rounded) {
  std::vector<FloatOutputs> all;
  for (Set& set : sets_) {
    VERNIER_ASSIGN(FloatOutputs outputs, outputs_of(set, rounded));
    all.push_back(std::move(outputs));
  }
  return all;
}

Result<FloatOutputs> ValueRounding::outputs_of(Set& set, const std::vector<bool>& rounded) {
  std::vector<Tensor> bound;
  for (std::size_t i = 0; i < set.inputs.size(); ++i) {
    const auto at = std::find(values_.begin(), values_.end(), inputs_[i]);
    if (at == values_.end() || !rounded[static_cast<std::size_t>(at - values_.begin())]) {
      bound.push_back(set.inputs[i]);
      continue;
    }
    VERNIER_ASSIGN(Tensor tensor, round_tensor(set.inputs[i], to_));
    bound.push_back(std::move(tensor));
  }
  VERNIER_TRY(set.run->bind(std::move(bound)));
  while (true) {
    VERNIER_ASSIGN(const auto seen, set.run->next(*pool_));
    if (!seen) break;
    if (rounded[seen->value]) round_view(seen->view, to_);
  }
  return float_outputs(*set.run, outputs_);
}

Result<double> ValueRounding::effect(const std::vector<bool>& rounded) {
  VERNIER_ASSIGN(const auto actual, outputs_of_all(rounded));
  return effect_of(actual, expected_);
}

}  // namespace vernier
