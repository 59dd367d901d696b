#include "measure/pipeline.h"

#include <algorithm>
#include <utility>

#include "base/counter_random.h"
#include "measure/block_compare.h"

namespace vernier {
namespace {

constexpr int kMaxWorkers = 64;
constexpr std::size_t kMaxQueue = 4096;

Result<void> check_settings(const PipelineSettings& s) {
  if (s.queue_capacity < 1 || s.queue_capacity > kMaxQueue) {
    return usage_error("a queue holds 1 to " + std::to_string(kMaxQueue) + " items");
  }
  if (s.workers < 1 || s.workers > kMaxWorkers) {
    return usage_error("workers must be 1 to " + std::to_string(kMaxWorkers));
  }
  if (s.passes < 1 || s.max_items < 0 || s.warm_up_items < 0) {
    return usage_error("passes must be at least 1, items not negative");
  }
  return {};
}

double median_throughput(const PipelineMeasurement& m, bool staged) {
  std::vector<double> values;
  for (const PipelinePass& pass : m.passes) {
    if (pass.complete && pass.staged == staged) values.push_back(pass.throughput_per_s());
  }
  return values.empty() ? 0.0 : median(std::move(values));
}

PipelineStageSummary summary_of(const PipelineMeasurement& m, PipelineStage stage) {
  PipelineStageSummary row;
  row.stage = stage;
  if (stage == PipelineStage::decode) row.threads = m.decode_threads;
  if (stage == PipelineStage::preprocess) row.threads = m.settings.workers;
  std::array<std::vector<std::int64_t>, 2> samples;
  double busy_ns = 0.0;
  double wall_ns = 0.0;
  for (const PipelinePass& pass : m.passes) {
    if (!pass.complete) continue;
    if (pass.staged) wall_ns += static_cast<double>(pass.wall_ns);
    for (const std::int64_t ns : pass.samples_ns[static_cast<std::size_t>(stage)]) {
      if (ns < 0) continue;
      samples[pass.staged ? 1 : 0].push_back(ns);
      if (pass.staged) busy_ns += static_cast<double>(ns);
    }
  }
  row.sequential = summarize(samples[0]);
  row.staged = summarize(samples[1]);
  if (wall_ns > 0.0) row.busy = busy_ns / (wall_ns * row.threads);
  return row;
}

/// `transfer` and `inference` share a thread; the larger of the two names it.
std::string bottleneck_of(const std::vector<PipelineStageSummary>& stages) {
  const auto busy = [&](PipelineStage stage) {
    return stages[static_cast<std::size_t>(stage)].busy;
  };
  const double run = busy(PipelineStage::inference);
  const double transfer = busy(PipelineStage::transfer);
  PipelineStage name = run >= transfer ? PipelineStage::inference : PipelineStage::transfer;
  double most = run + transfer;
  for (const PipelineStage stage :
       {PipelineStage::decode, PipelineStage::preprocess, PipelineStage::postprocess}) {
    if (busy(stage) <= most) continue;
    most = busy(stage);
    name = stage;
  }
  return most > 0.0 ? std::string(pipeline_stage_name(name)) : std::string();
}

Comparison gain_of(const PipelineMeasurement& m) {
  std::array<std::vector<BlockSamples>, 2> blocks;
  for (const PipelinePass& pass : m.passes) {
    const std::int64_t done = pass.items - pass.failed;
    if (!pass.complete || done <= 0) continue;
    BlockSamples block;
    block.round = pass.round;
    block.position = pass.position;
    block.ns = {pass.wall_ns / done};
    block.wall_ns = pass.wall_ns;
    blocks[pass.staged ? 1 : 0].push_back(std::move(block));
  }
  OutputAgreement outputs;
  outputs.compared = !blocks[0].empty() && !blocks[1].empty();
  outputs.agree = m.results_equal;
  if (!outputs.agree) outputs.reason = "an item's result differs from pass to pass";
  Comparison gain =
      judge("sequential", "staged", paired_ratio(blocks[0], blocks[1]), outputs, m.settings.margin);
  // No 95 % interval of ranks exists; `reason` says so.
  if (gain.pairs < kLeastPairs) gain.ci_low = gain.ci_high = 0.0;
  return gain;
}

class PipelineMeasurer {
 public:
  PipelineMeasurer(PipelineSteps& steps, const PipelineSettings& settings,
                   const PipelineHooks& hooks)
      : steps_(steps), hooks_(hooks) {
    m_.settings = settings;
    m_.decode_threads = steps.any_order() ? settings.workers : 1;
  }

  Result<PipelineMeasurement> run() && {
    VERNIER_TRY(check_settings(m_.settings));
    VERNIER_TRY(warm_up());
    const std::uint64_t key = random_key(m_.settings.seed, "order of passes");
    for (int round = 0; round < m_.settings.passes; ++round) {
      const bool staged_first =
          random_below(counter_random(key, static_cast<std::uint64_t>(round)), 2) == 1;
      for (int position = 0; position < 2; ++position) {
        if (stopped()) break;
        VERNIER_TRY(pass(round, position, (position == 0) == staged_first));
      }
    }
    finish();
    return std::move(m_);
  }

 private:
  bool stopped() {
    if (hooks_.interrupt != nullptr && hooks_.interrupt->load()) {
      m_.status = MeasureStatus::interrupted;
    }
    return m_.status == MeasureStatus::interrupted;
  }

  void say(int pass) const {
    if (hooks_.progress) hooks_.progress(pass);
  }

  Result<void> warm_up() {
    say(-1);
    PipelineSettings settings = m_.settings;
    const std::int64_t most = settings.warm_up_items;
    if (most > 0 && (settings.max_items == 0 || most < settings.max_items)) {
      settings.max_items = most;
    }
    std::vector<PipelineFailure> failures;
    VERNIER_ASSIGN(const PipelinePass pass,
                   run_pipeline_pass(steps_, settings, false, failures, hooks_));
    if (pass.items == 0 && !stopped()) {
      return invalid_data("there is no picture to measure with", "E-PIPELINE-EMPTY");
    }
    return {};
  }

  Result<void> pass(int round, int position, bool staged) {
    say(static_cast<int>(m_.passes.size()));
    std::vector<PipelineFailure> failures;
    VERNIER_ASSIGN(PipelinePass pass,
                   run_pipeline_pass(steps_, m_.settings, staged, failures, hooks_));
    pass.round = round;
    pass.position = position;
    if (!pass.complete) m_.status = MeasureStatus::interrupted;
    // Every one fails in every pass: there is nothing to measure.
    if (pass.complete && pass.failed == pass.items && !failures.empty()) {
      Error error = failures.front().error;
      error.message = "none of the " + std::to_string(pass.items) +
                      " items can be processed; the first one: " + error.message;
      return error;
    }
    if (failures.size() > m_.failed.size()) m_.failed = std::move(failures);
    m_.passes.push_back(std::move(pass));
    return {};
  }

  void finish() {
    const PipelinePass* first = nullptr;
    for (const PipelinePass& pass : m_.passes) {
      m_.order_kept = m_.order_kept && pass.order_kept;
      if (!pass.complete) continue;
      if (first == nullptr) first = &pass;
      m_.items = std::max(m_.items, pass.items);
      m_.results_equal = m_.results_equal && pass.results_digest == first->results_digest;
    }
    derive_pipeline(m_);
  }

  PipelineSteps& steps_;
  const PipelineHooks& hooks_;
  PipelineMeasurement m_;
};

}  // namespace

std::string_view pipeline_stage_name(PipelineStage stage) noexcept {
  switch (stage) {
    case PipelineStage::decode:
      return "decode";
    case PipelineStage::preprocess:
      return "preprocess";
    case PipelineStage::transfer:
      return "transfer";
    case PipelineStage::inference:
      return "inference";
    case PipelineStage::postprocess:
      break;
  }
  return "postprocess";
}

void derive_pipeline(PipelineMeasurement& measurement) {
  measurement.sequential_per_s = median_throughput(measurement, false);
  measurement.staged_per_s = median_throughput(measurement, true);
  measurement.stages.clear();
  for (std::size_t i = 0; i < kPipelineStages; ++i) {
    measurement.stages.push_back(summary_of(measurement, static_cast<PipelineStage>(i)));
  }
  measurement.bottleneck = bottleneck_of(measurement.stages);
  measurement.gain = gain_of(measurement);
}

double PipelinePass::throughput_per_s() const {
  const auto done = static_cast<double>(items - failed);
  return wall_ns > 0 && done > 0.0 ? done * 1e9 / static_cast<double>(wall_ns) : 0.0;
}

Result<PipelineMeasurement> measure_pipeline(PipelineSteps& steps, const PipelineSettings& settings,
                                             const PipelineHooks& hooks) {
  return PipelineMeasurer(steps, settings, hooks).run();
}

}  // namespace vernier
