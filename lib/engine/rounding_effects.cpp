#include "engine/rounding_effects.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "graph/edit.h"

namespace vernier {
namespace {

/// Float outputs of a run, one after the other, of all runs.
using Outputs = std::vector<std::vector<std::vector<float>>>;

Result<Outputs> outputs_of(Model model, std::span<const std::vector<NamedTensor>> inputs,
                           const TrialOptions& options) {
  Outputs all;
  const std::size_t count = model.graph.outputs.size();
  const auto take = [&](std::span<const Tensor>, const State& state) {
    all.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      const TensorView view = state.output(i);
      if (view.dtype != DType::float32) continue;
      const auto* at = reinterpret_cast<const float*>(view.data);
      all.back().emplace_back(at, at + element_count(view.shape));
    }
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
    double squares = 0.0;
    if (std::memcmp(rounded.data(), tensor.data(), rounded.byte_count()) != 0) {
      graph.set_constant(place.id, std::move(rounded));
      VERNIER_ASSIGN(const Outputs actual, outputs_of(std::move(changed), inputs, options));
      for (std::size_t run = 0; run < expected.size(); ++run) {
        double worst = 0.0;
        for (std::size_t i = 0; i < expected[run].size(); ++i) {
          worst = std::max(worst, distance(actual[run][i], expected[run][i]));
        }
        squares += worst * worst;
      }
    }
    effects.push_back(std::sqrt(squares / static_cast<double>(expected.size())));
  }
  return effects;
}

}  // namespace vernier
