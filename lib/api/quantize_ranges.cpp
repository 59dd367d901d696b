#include "api/quantize_ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "api/quantize_act.h"
#include "engine/inputs.h"

namespace vernier {
namespace {

constexpr std::size_t kSamples = 4;        ///< behind the readers
constexpr std::size_t kOutputSamples = 8;  ///< in the outputs
/// Noise that a narrower range may leave, of minmax's. Less is no reason: what it cuts from samples
/// that are still to come is not seen.
constexpr double kWorthwhile = 0.3;

struct Candidate {
  RangeMethod method;
  LinearQuant quant;
  std::vector<ErrorSums> total;  ///< by output
  std::vector<double> relative;  ///< by output: sum over samples of noise / signal
};

/// A tensor that can have one of several ranges; the first is minmax.
struct Open {
  ValueId value = ValueId::none;
  std::vector<Candidate> candidates;
  std::vector<std::size_t> readers = {};
};

bool alike(const LinearQuant& a, const LinearQuant& b) {
  constexpr float kShare = 0.03F;
  return std::abs(a.scale - b.scale) <= kShare * a.scale &&
         std::abs(a.range().low - b.range().low) <= static_cast<double>(kShare * 255.0F * a.scale);
}

std::vector<Open> open_tensors(const Graph& graph, const QdqPlacement& placement,
                               const QuantTarget& target, const CalibrationTable& table) {
  const RangeMethod kMethods[] = {{RangeKind::minmax, 0.0},
                                  {RangeKind::percentile, 99.999},
                                  {RangeKind::percentile, 99.99},
                                  {RangeKind::mse, 0.0}};
  std::vector<Open> all;
  for (const PlacedTensor& tensor : placement.tensors) {
    const bool constant = graph.is_constant(tensor.value);
    if (tensor.root != tensor.value || tensor.fixed || constant) continue;
    const TensorStats* stats = table.find(graph.value(tensor.value).name);
    if (stats == nullptr || stats->samples() == 0) continue;
    Open open{tensor.value, {}};
    for (const RangeMethod& method : kMethods) {
      const LinearQuant quant =
          range_quant(target, tensor, useful_part(choose_range(*stats, method), tensor));
      const bool known = std::any_of(open.candidates.begin(), open.candidates.end(),
                                     [&](const Candidate& c) { return alike(c.quant, quant); });
      if (!known) open.candidates.push_back({method, quant, {}, {}});
    }
    if (open.candidates.size() > 1) all.push_back(std::move(open));
  }
  return all;
}

std::vector<std::int64_t> some_samples(const SampleSet& samples, std::size_t count) {
  std::vector<std::int64_t> some(samples.extreme.begin(),
                                 samples.extreme.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                               samples.extreme.size(), count / 2)));
  for (const std::int64_t index : samples.some_for_calibration(count)) {
    if (some.size() == count) break;
    if (std::find(some.begin(), some.end(), index) == some.end()) some.push_back(index);
  }
  return some;
}

void add_sample(const std::vector<Tensor>& want, const std::vector<Tensor>& got,
                Candidate& candidate) {
  add_errors(want, got, candidate.total);
  std::vector<ErrorSums> own;
  add_errors(want, got, own);
  candidate.relative.resize(own.size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    candidate.relative[i] += own[i].signal > 0.0 ? own[i].noise / own[i].signal : 0.0;
  }
}

/// The larger share, over outputs and over both ways of adding up samples, of what `usual` does.
double share_of(const Candidate& candidate, const Candidate& usual) {
  double worst = 0.0;
  const auto look = [&](double error, double before) {
    const double share = before > 0.0 ? error / before : (error > 0.0 ? HUGE_VAL : 1.0);
    worst = std::isnan(share) ? HUGE_VAL : std::max(worst, share);
  };
  for (std::size_t i = 0; i < usual.total.size(); ++i) {
    look(candidate.total[i].noise, usual.total[i].noise);
    look(candidate.relative[i], usual.relative[i]);
  }
  return usual.total.empty() ? 1.0 : worst;
}

/// Runs on until all of `readers` (values, as they count in the probe) have been made; to the
/// outputs of the model when there are none.
Result<std::vector<Tensor>> made_of(ProbeRun& run, const Graph& graph,
                                    const std::vector<std::size_t>& readers, Parallel& pool) {
  std::vector<Tensor> made(readers.size());
  std::size_t left = readers.size();
  while (left > 0 || readers.empty()) {
    VERNIER_ASSIGN(const auto seen, run.next(pool));
    if (!seen) break;
    const auto at = std::find(readers.begin(), readers.end(), seen->value);
    if (at == readers.end()) continue;
    VERNIER_ASSIGN(made[static_cast<std::size_t>(at - readers.begin())],
                   Tensor::copy_of(TensorView(seen->view)));
    --left;
  }
  if (readers.empty()) return outputs_of(graph, run);
  std::erase_if(made, [](const Tensor& tensor) { return !tensor.defined(); });
  return made;
}

/// One sample: the float model stops at each tensor, and runs on from there with every range.
Result<void> try_sample(ProbeModel& probe, const Graph& graph, const std::vector<Tensor>& sample,
                        Parallel& pool, std::vector<Open>& tensors) {
  const std::vector<ValueType> types = types_of(sample);
  VERNIER_ASSIGN(const auto real, probe.make_run(types));
  VERNIER_ASSIGN(const auto tried, probe.make_run(types));
  VERNIER_TRY(real->bind(sample));
  while (true) {
    VERNIER_ASSIGN(const auto seen, real->next(pool));
    if (!seen) return {};
    if (seen->value >= tensors.size()) continue;
    Open& open = tensors[seen->value];
    VERNIER_TRY(tried->continue_from(*real));
    VERNIER_ASSIGN(const auto want, made_of(*tried, graph, open.readers, pool));
    for (Candidate& candidate : open.candidates) {
      VERNIER_ASSIGN(const auto place, tried->continue_from(*real));
      if (!place) return internal_error("a run that goes on has seen nothing", "E-INTERNAL-ORDER");
      fake_quantize(place->view, candidate.quant);
      VERNIER_ASSIGN(const auto got, made_of(*tried, graph, open.readers, pool));
      if (want.size() == got.size()) add_sample(want, got, candidate);
    }
  }
}

Result<void> try_ranges(FloatModel& model, const SampleSet& samples,
                        const std::vector<std::int64_t>& some, std::vector<Open>& tensors,
                        bool to_outputs) {
  const Graph& graph = model.model.graph;
  std::vector<ValueId> values;
  values.reserve(tensors.size());
  for (const Open& open : tensors) values.push_back(open.value);
  for (Open& open : tensors) {
    open.readers.clear();
    if (to_outputs) continue;
    for (const NodeId reader : graph.uses(open.value)) {
      const ValueId made = graph.node(reader).outputs[0];
      const auto at = std::find(values.begin(), values.end(), made);
      const auto place = static_cast<std::size_t>(at - values.begin());
      if (at == values.end()) values.push_back(made);
      auto& own = open.readers;
      if (std::find(own.begin(), own.end(), place) == own.end()) own.push_back(place);
    }
  }
  VERNIER_ASSIGN(const auto probe,
                 ProbeModel::load(model.model, values, model.budget, model.native));
  for (const std::int64_t index : some) {
    VERNIER_ASSIGN(const auto sample, samples.source->load(index));
    VERNIER_TRY(try_sample(*probe, graph, sample, *model.pool, tensors));
  }
  return {};
}

}  // namespace

double head_room(const CalibrationTable& table) {
  constexpr double kNarrow = 1.0 / 3.0;
  constexpr double kRoom = 1.2;
  std::vector<double> shares;
  for (const TensorStats& stats : table.tensors()) {
    const double most =
        std::max(static_cast<double>(stats.high()), -static_cast<double>(stats.low()));
    if (stats.samples() < 2 || most <= 0.0) continue;
    shares.push_back(std::max(stats.mean_high(), -stats.mean_low()) / most);
  }
  if (shares.empty()) return 1.0;
  const auto quarter = shares.begin() + static_cast<std::ptrdiff_t>(shares.size() / 4);
  std::nth_element(shares.begin(), quarter, shares.end());
  return *quarter < kNarrow ? kRoom : 1.0;
}

Result<RangeRule> ranges_by_output(FloatModel& model, const QdqPlacement& placement,
                                   const QuantTarget& target, const SampleSet& samples,
                                   const CalibrationTable& table, const ProgressText& progress) {
  RangeRule rule;
  rule.usual = {RangeKind::minmax, 0.0};
  rule.head_room = head_room(table);
  const Graph& graph = model.model.graph;
  std::vector<Open> tensors = open_tensors(graph, placement, target, table);
  std::erase_if(tensors, [&](const Open& open) { return graph.uses(open.value).empty(); });
  if (tensors.empty()) return rule;
  if (progress) progress("choosing ranges by what the readers of tensors make of them");
  VERNIER_TRY(try_ranges(model, samples, some_samples(samples, kSamples), tensors, false));
  std::vector<Open> better;
  std::vector<double> shares;
  for (const Open& open : tensors) {
    const Candidate& usual = open.candidates.front();
    const Candidate* best = &usual;
    double least = kWorthwhile;
    for (const Candidate& candidate : open.candidates) {
      const double share = share_of(candidate, usual);
      if (share >= least) continue;
      least = share;
      best = &candidate;
    }
    if (best == &usual) continue;
    better.push_back(
        {open.value, {{usual.method, usual.quant, {}, {}}, {best->method, best->quant, {}, {}}}});
    shares.push_back(least);
  }
  if (better.empty()) return rule;
  if (progress) progress("trying " + std::to_string(better.size()) + " ranges to the outputs");
  VERNIER_TRY(try_ranges(model, samples, some_samples(samples, kOutputSamples), better, true));
  for (std::size_t i = 0; i < better.size(); ++i) {
    const Open& open = better[i];
    if (share_of(open.candidates[1], open.candidates[0]) >= 1.0) continue;
    const auto percent = static_cast<int>(std::lround((1.0 - shares[i]) * 100.0));
    rule.own[graph.value(open.value).name] = {
        open.candidates[1].method,
        std::to_string(percent) + " % less noise behind its readers than minmax"};
  }
  return rule;
}

}  // namespace vernier
