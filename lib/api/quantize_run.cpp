#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "api/quantize_act.h"
#include "engine/inputs.h"
#include "quant/channel_walk.h"

namespace vernier {
namespace {

/// Memory that samples advancing together may take.
constexpr std::uint64_t kTogetherBytes = std::uint64_t{1} << 30;
constexpr std::size_t kMostTogether = 64;

/// Sums over the elements of each channel.
struct ChannelSums {
  std::vector<double> sum;
  std::int64_t count = 0;

  void add(const TensorView& view, int axis) {
    const ChannelWalk walk(view, axis);
    sum.resize(static_cast<std::size_t>(walk.channels), 0.0);
    count += view.element_count() / walk.channels;
    walk.for_each_run(view, [&](const float* run, std::int64_t n, std::int64_t channel) {
      if (walk.channels_inside) {
        for (std::int64_t c = 0; c < n; ++c) {
          sum[static_cast<std::size_t>(c)] += static_cast<double>(run[c]);
        }
        return;
      }
      double total = 0.0;
      for (std::int64_t i = 0; i < n; ++i) total += static_cast<double>(run[i]);
      sum[static_cast<std::size_t>(channel)] += total;
    });
  }
};

/// Of a view with elements.
double root_mean_square(const TensorView& view) {
  double sum = 0.0;
  const ChannelWalk walk(view, view.shape.size() > 1 ? 1 : 0);
  walk.for_each_run(view, [&](const float* run, std::int64_t n, std::int64_t) {
    for (std::int64_t i = 0; i < n; ++i) {
      sum += static_cast<double>(run[i]) * static_cast<double>(run[i]);
    }
  });
  return std::sqrt(sum / static_cast<double>(view.element_count()));
}

/// What the outputs of a node lack, sample by sample. Samples without elements say nothing.
class MeanShift {
 public:
  void add(const TensorView& want, const TensorView& got, int axis) {
    if (want.element_count() == 0 || got.element_count() == 0) return;
    ChannelSums wanted;
    ChannelSums made;
    wanted.add(want, axis);
    made.add(got, axis);
    std::vector<double> shift(wanted.sum.size());
    for (std::size_t c = 0; c < shift.size(); ++c) {
      shift[c] = (wanted.sum[c] - made.sum[c]) / static_cast<double>(made.count);
    }
    shifts_.push_back(std::move(shift));
    rms_.push_back(root_mean_square(want));
  }
  /// Per channel; empty when no sample says anything.
  [[nodiscard]] std::vector<float> mean() const {
    const std::vector<double> weights = sample_weights(rms_);
    const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (all <= 0.0) return {};
    std::vector<double> sums(shifts_.front().size(), 0.0);
    for (std::size_t i = 0; i < shifts_.size(); ++i) {
      if (weights[i] <= 0.0) continue;
      for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += weights[i] * shifts_[i][c];
    }
    std::vector<float> mean;
    mean.reserve(sums.size());
    for (const double sum : sums) mean.push_back(static_cast<float>(sum / all));
    return mean;
  }

 private:
  std::vector<std::vector<double>> shifts_;
  std::vector<double> rms_;
};

void shift_channels(const MutTensorView& view, int axis, const std::vector<float>& shift) {
  const ChannelWalk walk(view, axis);
  walk.for_each_run(view, [&](float* run, std::int64_t n, std::int64_t channel) {
    for (std::int64_t i = 0; i < n; ++i) {
      run[i] += shift[static_cast<std::size_t>(walk.channels_inside ? i : channel)];
    }
  });
}

/// Runs on to the next output of a weighted node, quantizing tensors on the way.
Result<std::optional<ProbeRun::Seen>> next_weight(ProbeRun& run, const Stops& stops, bool quantize,
                                                  Parallel& pool) {
  while (true) {
    VERNIER_ASSIGN(auto seen, run.next(pool));
    if (!seen || seen->value < stops.weights) return seen;
    if (quantize) fake_quantize(seen->view, *stops.quants[seen->value]);
  }
}

/// Which samples set the ranges that tensors have after all of them.
class ExtremeSamples {
 public:
  explicit ExtremeSamples(std::size_t tensors) : last_(tensors) {}
  void note(std::size_t tensor, const TensorStats& stats, std::int64_t sample) {
    Last& last = last_[tensor];
    if (last.low && stats.low() == last.low_value && stats.high() == last.high_value) return;
    if (!last.low || stats.low() < last.low_value) last.low = sample;
    if (!last.high || stats.high() > last.high_value) last.high = sample;
    last.low_value = stats.low();
    last.high_value = stats.high();
  }
  /// The sample that set the most first.
  [[nodiscard]] std::vector<std::int64_t> in_order() const {
    std::map<std::int64_t, std::int64_t> votes;
    for (const Last& last : last_) {
      if (last.low && last.low_value < 0.0F) ++votes[*last.low];
      if (last.high && last.high_value > 0.0F) ++votes[*last.high];
    }
    std::vector<std::int64_t> order;
    order.reserve(votes.size());
    for (const auto& [sample, count] : votes) order.push_back(sample);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t a, std::int64_t b) { return votes[a] > votes[b]; });
    return order;
  }

 private:
  struct Last {
    std::optional<std::int64_t> low;
    std::optional<std::int64_t> high;
    float low_value = 0.0F;
    float high_value = 0.0F;
  };
  std::vector<Last> last_;
};

/// The samples' types must be equal for samples to advance together.
Result<std::vector<std::vector<Tensor>>> read_together(const SampleSet& samples, std::size_t most) {
  std::vector<std::vector<Tensor>> read;
  for (const std::int64_t index : samples.some_for_calibration(most)) {
    VERNIER_ASSIGN(auto sample, samples.source->load(index));
    if (!read.empty() && types_of(sample) != types_of(read.front())) continue;
    read.push_back(std::move(sample));
  }
  return read;
}

}  // namespace

std::vector<std::int64_t> SampleSet::some_for_calibration(std::size_t most) const {
  std::vector<std::int64_t> some;
  const std::size_t count = std::min(calibration.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    some.push_back(calibration[i * calibration.size() / count]);
  }
  return some;
}

Result<CalibrationTable> calibrate(FloatModel& model, const QdqPlacement& placement,
                                   SampleSet& samples, std::vector<std::string>& notes,
                                   const ProgressText& progress) {
  const Graph& graph = model.model.graph;
  CalibrationTable table;
  table.model_sha256 = model.sha256;
  table.data = samples.source->text();
  std::vector<ValueId> values;
  std::vector<TensorStats> stats;
  std::map<ValueId, std::size_t> inputs;  // graph input -> statistics
  for (const PlacedTensor& tensor : placement.tensors) {
    if (tensor.root != tensor.value || tensor.fixed || graph.is_constant(tensor.value)) continue;
    stats.emplace_back(graph.value(tensor.value).name, tensor.channel_axis);
    if (graph.is_input(tensor.value)) inputs[tensor.value] = stats.size() - 1;
    values.push_back(tensor.value);
  }
  VERNIER_ASSIGN(auto probe, ProbeModel::load(model.model, values, model.budget, model.native));
  Runner runner(*model.pool, std::move(probe));
  std::vector<std::int64_t> readable;
  ExtremeSamples extremes(stats.size());
  for (std::size_t i = 0; i < samples.calibration.size(); ++i) {
    const std::int64_t index = samples.calibration[i];
    auto sample = samples.source->load(index);
    if (!sample) {
      if (sample.error().code != Errc::invalid_data) return std::move(sample).error();
      if (readable.empty() && i + 1 == samples.calibration.size()) return std::move(sample).error();
      notes.push_back("left out " + samples.source->name(index) + ": " + sample.error().message);
      ++table.skipped;
      continue;
    }
    const auto in_sample = [&](Error error) {
      error.message = samples.source->name(index) + ": " + error.message;
      return error;
    };
    for (const auto& [value, at] : inputs) {
      for (std::size_t k = 0; k < graph.inputs.size(); ++k) {
        if (graph.inputs[k].value != value) continue;
        auto added = stats[at].add_sample((*sample)[k].view());
        if (!added) return in_sample(std::move(added).error());
        extremes.note(at, stats[at], index);
      }
    }
    auto run = runner.start(std::move(sample).value());
    if (!run) return in_sample(std::move(run).error());
    while (true) {
      VERNIER_ASSIGN(const auto seen, (*run)->next(runner.pool()));
      if (!seen) break;
      auto added = stats[seen->value].add_sample(seen->view);
      if (!added) return in_sample(std::move(added).error());
      extremes.note(seen->value, stats[seen->value], index);
    }
    readable.push_back(index);
    if (progress) {
      progress("calibrating: " + std::to_string(i + 1) + " of " +
               std::to_string(samples.calibration.size()));
    }
  }
  samples.calibration = std::move(readable);
  samples.extreme = extremes.in_order();
  table.samples = static_cast<std::int64_t>(samples.calibration.size());
  for (TensorStats& entry : stats) table.add(std::move(entry));
  return table;
}

Result<void> correct_biases_full(FloatModel& model, const QdqPlacement& placement,
                                 const SampleSet& samples, QuantRecipe& recipe,
                                 const ProgressText& progress) {
  const Stops stops = stops_of(model, placement, recipe, true);
  VERNIER_ASSIGN(auto first, samples.source->load(samples.calibration.front()));
  const std::vector<ValueType> types = types_of(first);
  VERNIER_ASSIGN(auto real,
                 ProbeModel::load(model.model, stops.values, model.budget, model.native));
  VERNIER_ASSIGN(Model kept, with_kept_weights(model, recipe));
  VERNIER_ASSIGN(auto acted,
                 ProbeModel::load(std::move(kept), stops.values, model.budget, model.native));
  VERNIER_ASSIGN(const std::uint64_t one, real->run_bytes(types));
  const auto fitting = static_cast<std::size_t>(kTogetherBytes / (2 * one + 1));
  VERNIER_ASSIGN(const auto read,
                 read_together(samples, std::clamp<std::size_t>(fitting, 4, kMostTogether)));
  std::vector<std::unique_ptr<ProbeRun>> real_runs;
  std::vector<std::unique_ptr<ProbeRun>> acted_runs;
  real_runs.reserve(read.size());
  acted_runs.reserve(read.size());
  for (const std::vector<Tensor>& sample : read) {
    VERNIER_ASSIGN(auto a, real->make_run(types));
    VERNIER_ASSIGN(auto b, acted->make_run(types));
    VERNIER_TRY(a->bind(sample));
    VERNIER_ASSIGN(auto inputs, quantized_inputs(model, recipe, sample));
    VERNIER_TRY(b->bind(std::move(inputs)));
    real_runs.push_back(std::move(a));
    acted_runs.push_back(std::move(b));
  }
  const Graph& graph = model.model.graph;
  Parallel& pool = *model.pool;
  std::map<std::string, std::vector<float>> added;
  for (std::size_t done = 0; done < placement.weights.size(); ++done) {
    MeanShift mean;
    std::vector<ProbeRun::Seen> places;
    for (std::size_t i = 0; i < read.size(); ++i) {
      VERNIER_ASSIGN(const auto a, next_weight(*real_runs[i], stops, false, pool));
      VERNIER_ASSIGN(const auto b, next_weight(*acted_runs[i], stops, true, pool));
      if (!a || !b) break;
      if (a->value != b->value || (!places.empty() && places.front().value != b->value)) {
        return internal_error("samples advance in different orders", "E-INTERNAL-ORDER");
      }
      mean.add(a->view, b->view, placement.weights[b->value].channel_axis);
      places.push_back(*b);
    }
    if (places.empty()) break;
    const PlacedWeight& weight = placement.weights[places.front().value];
    const std::string& name = graph.node(weight.node).name;
    if (!weight.has_bias || recipe.weight(name) == nullptr) continue;
    std::vector<float> shift = mean.mean();
    if (shift.empty()) continue;
    for (const ProbeRun::Seen& place : places) {
      shift_channels(place.view, weight.channel_axis, shift);
    }
    added[name] = std::move(shift);
    if (progress) {
      progress("correcting biases: " + std::to_string(done + 1) + " of " +
               std::to_string(placement.weights.size()));
    }
  }
  for (auto& [node, shift] : added) {
    recipe.biases.push_back({node, std::move(shift), "sequential"});
  }
  return {};
}

namespace {

/// A complete run of each of two models.
struct RunPair {
  ProbeRun* want = nullptr;
  ProbeRun* got = nullptr;
};

/// What the outputs of two models have in common over the judging samples. `run_both(sample)` gives
/// a Result<RunPair>.
template <class RunBoth>
Result<Agreement> judge_samples(const Graph& graph, const SampleSet& samples, const Scorer& scorer,
                                const ProgressText& progress, RunBoth&& run_both) {
  Agreement agreement;
  agreement.held_out = samples.held_out;
  std::vector<ErrorSums> outputs;
  std::vector<RowAgreement> rows;
  for (const std::int64_t index : samples.judging) {
    auto sample = samples.source->load(index);
    if (!sample) {
      if (sample.error().code != Errc::invalid_data) return std::move(sample).error();
      ++agreement.unreadable;
      continue;
    }
    const Shape first = sample->empty() ? Shape{} : sample->front().shape();
    VERNIER_ASSIGN(const RunPair runs, run_both(*sample));
    VERNIER_ASSIGN(const auto want, outputs_of(graph, *runs.want));
    VERNIER_ASSIGN(const auto got, outputs_of(graph, *runs.got));
    add_errors(want, got, outputs);
    add_rows(want, got, rows);
    VERNIER_ASSIGN(const auto score, scorer.score(index, first, want, got));
    if (score) agreement.scores.push_back(*score);
    ++agreement.samples;
    if (progress) {
      progress("judging: " + std::to_string(agreement.samples) + " of " +
               std::to_string(samples.judging.size()));
    }
  }
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    agreement.outputs.push_back({graph.outputs[k].name, outputs[k].db(), rows[k].share()});
  }
  return agreement;
}

/// Adds the differences of a float tensor that lies in memory like another.
void add_tensor(const MutTensorView& want, const MutTensorView& got, ErrorSums& sums) {
  const ChannelWalk walk(got, neighbour_axis(got));
  const float* begin = got.as<float>();
  const float* other = want.as<float>();
  walk.for_each_run(TensorView(got), [&](const float* run, std::int64_t n, std::int64_t) {
    sums.add(other + (run - begin), run, n);
  });
}

}  // namespace

Result<Agreement> judge(FloatModel& model, const QdqPlacement& placement, const SampleSet& samples,
                        const QuantRecipe& recipe, const Scorer& scorer,
                        const ProgressText& progress) {
  const Stops stops = stops_of(model, placement, recipe, false);
  const Graph& graph = model.model.graph;
  VERNIER_ASSIGN(auto real,
                 ProbeModel::load(model.model, stops.values, model.budget, model.native));
  VERNIER_ASSIGN(Model kept, with_kept_weights(model, recipe));
  VERNIER_ASSIGN(auto acted,
                 ProbeModel::load(std::move(kept), stops.values, model.budget, model.native));
  Runner real_runner(*model.pool, std::move(real));
  Runner acted_runner(*model.pool, std::move(acted));
  std::vector<ErrorSums> tensors(stops.values.size());
  const auto run_both = [&](const std::vector<Tensor>& sample) -> Result<RunPair> {
    VERNIER_ASSIGN(auto inputs, quantized_inputs(model, recipe, sample));
    VERNIER_ASSIGN(ProbeRun * a, real_runner.start(sample));
    VERNIER_ASSIGN(ProbeRun * b, acted_runner.start(std::move(inputs)));
    while (true) {
      VERNIER_ASSIGN(const auto seen, b->next(acted_runner.pool()));
      VERNIER_ASSIGN(const auto real_seen, a->next(real_runner.pool()));
      if (!seen || !real_seen) break;
      fake_quantize(seen->view, *stops.quants[seen->value]);
      if (real_seen->value != seen->value || !(real_seen->view.strides == seen->view.strides)) {
        continue;
      }
      add_tensor(real_seen->view, seen->view, tensors[seen->value]);
    }
    return RunPair{a, b};
  };
  VERNIER_ASSIGN(Agreement agreement, judge_samples(graph, samples, scorer, progress, run_both));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].signal <= 0.0) continue;  // the two models go through it at different times
    agreement.tensors.push_back({graph.value(stops.values[i]).name, tensors[i].db()});
  }
  return agreement;
}

Result<Agreement> judge_models(FloatModel& model, Model quantized, const SampleSet& samples,
                               const Scorer& scorer, const ProgressText& progress) {
  VERNIER_ASSIGN(auto real, ProbeModel::load(model.model, {}, model.budget, model.native));
  VERNIER_ASSIGN(auto made, ProbeModel::load(std::move(quantized), {}, model.budget, model.native));
  Runner real_runner(*model.pool, std::move(real));
  Runner made_runner(*model.pool, std::move(made));
  const auto run_both = [&](const std::vector<Tensor>& sample) -> Result<RunPair> {
    VERNIER_ASSIGN(ProbeRun * a, real_runner.start(sample));
    VERNIER_ASSIGN(ProbeRun * b, made_runner.start(sample));
    VERNIER_TRY(a->next(real_runner.pool()));
    VERNIER_TRY(b->next(made_runner.pool()));
    return RunPair{a, b};
  };
  return judge_samples(model.model.graph, samples, scorer, progress, run_both);
}

}  // namespace vernier
