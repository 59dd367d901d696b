#include "api/bench_engines.h"

#include <algorithm>
#include <chrono>

#include "api/percentile_figure.h"
#include "engine/engines.h"

namespace vernier {
namespace {

BenchResult describe_engine(const EngineMeasurement& engine) {
  BenchResult result;
  result.label = engine.label;
  result.case_label = engine.case_label;
  result.model = engine.model;
  result.engine = engine.name;
  result.version = engine.version;
  result.precision = engine.settings.precision;
  result.backend = engine.settings.backend;
  result.threads = engine.settings.threads;
  result.streams = engine.settings.streams;
  result.batch = engine.batch;
  result.load_ns = engine.load_ns;
  result.prepare_ns = engine.prepare_ns;
  result.first_inference_ns = engine.first_inference_ns;
  const LatencySummary& latency = engine.latency;
  result.n = latency.n;
  result.min_ns = latency.min;
  result.max_ns = latency.max;
  result.mean_ns = latency.mean;
  result.stddev_ns = latency.stddev;
  result.p50 = figure_of(latency.p50);
  result.p90 = figure_of(latency.p90);
  result.p95 = figure_of(latency.p95);
  result.p99 = figure_of(latency.p99);
  result.throughput_per_s = engine.throughput.per_s;
  result.throughput_low = engine.throughput.ci_low;
  result.throughput_high = engine.throughput.ci_high;
  result.steady = steady_class_name(engine.steady.steady);
  result.outliers = engine.outliers.mild + engine.outliers.severe;
  for (const auto& [cause, count] : engine.outliers.causes) {
    if (!result.outlier_causes.empty()) result.outlier_causes += ", ";
    result.outlier_causes += cause + " " + std::to_string(count);
  }
  result.converged = engine.converged;
  result.stop_reason = engine.stop_reason;
  result.rss_before_load_bytes = engine.memory.rss_before_load_bytes;
  result.peak_rss_bytes = engine.memory.peak_rss_bytes;
  result.planned_arena_bytes = engine.facts.planned_arena_bytes;
  result.weights_bytes = engine.facts.weights_bytes;
  for (const ValidityCheck& check : engine.validity) {
    result.validity.push_back({check.id, std::string(validity_status_name(check.status)),
                               check.observed, check.limit, check.remedy});
  }
  result.error = engine.error;
  return result;
}

}  // namespace

BenchComparison describe_comparison(const Comparison& comparison) {
  BenchComparison row;
  row.baseline = comparison.baseline;
  row.contender = comparison.contender;
  row.ratio = comparison.ratio;
  row.ci_low = comparison.ci_low;
  row.ci_high = comparison.ci_high;
  row.case_label = comparison.case_label;
  row.margin = comparison.margin;
  row.pairs = comparison.pairs;
  row.unit = pair_unit_name(comparison.unit);
  row.p_adjusted = comparison.p_adjusted;
  row.pairs_needed = comparison.pairs_needed;
  row.verdict = verdict_name(comparison.verdict);
  row.reason = comparison.reason.empty() ? comparison.outputs.reason : comparison.reason;
  row.outputs_compared = comparison.outputs.compared;
  row.outputs_agree = comparison.outputs.agree;
  row.max_rel_l2 = comparison.outputs.max_rel_l2;
  row.cosine = comparison.outputs.min_cosine;
  return row;
}

InputRequest input_request(const std::string& model, const BenchOptions& options,
                           const BenchCase& one) {
  return {options.inputs, options.seed, options.preprocess,
          one.shapes,     one.batch,    read_folded_preprocess(model)};
}

WorkerOptions worker_options(const std::string& engine, const BenchOptions& options) {
  WorkerOptions worker;
  if (engine != "vernier") worker.data_limit_bytes = options.model.max_memory_bytes;
  worker.interrupt = options.model.interrupt;
  if (options.model.timeout_s > 0.0) {
    const std::chrono::milliseconds limit(
        std::max<std::int64_t>(static_cast<std::int64_t>(options.model.timeout_s * 1000.0), 1));
    worker.load_timeout = worker.run_timeout = limit;
  }
  return worker;
}

Result<std::vector<Contender>> start_contenders(const std::string& model,
                                                const std::vector<BenchEntry>& entries,
                                                const BenchCase& one, const BenchOptions& options) {
  std::vector<Contender> contenders;
  const auto start = [&](const BenchEntry& entry, bool twin) -> Result<void> {
    Contender contender;
    contender.label = entry.label + (twin ? " (again)" : "");
    contender.model = entry.own.model.empty() ? model : entry.own.model;
    contender.case_label = one.label;
    contender.settings = entry.settings;
    contender.noise_twin = twin;
    WorkerOptions worker = worker_options(entry.request.name, options);
    worker.aliases = entry.own.aliases;
    EngineHost host;
    if (entry.request.name == "vernier") host.program = entry.own.program;
    contender.start_again = [name = entry.request.name, worker,
                             host]() -> Result<std::unique_ptr<Engine>> {
      VERNIER_ASSIGN(auto engine, start_engine(name, worker, host));
      return std::unique_ptr<Engine>(std::move(engine));
    };
    VERNIER_ASSIGN(contender.engine, contender.start_again());
    contenders.push_back(std::move(contender));
    return {};
  };
  for (const BenchEntry& entry : entries) VERNIER_TRY(start(entry, false));
  if (entries.size() > 1 && options.noise_floor) VERNIER_TRY(start(entries.front(), true));
  return contenders;
}

MeasureSettings measure_settings(const BenchOptions& options) {
  MeasureSettings settings;
  settings.warmup_runs = options.warmup_runs;
  settings.min_runs = options.min_runs;
  settings.min_time_s = options.min_time_s;
  settings.max_time_s = std::max(options.max_time_s, options.min_time_s);
  settings.budget_s = options.budget_s;
  settings.resolve = options.resolve;
  settings.margin = options.margin;
  settings.noise_floor = options.noise_floor;
  settings.processes = options.processes;
  settings.max_rel_l2 = options.max_rel_l2;
  settings.seed = options.seed;
  return settings;
}

void describe_measurement(const Measurement& measurement, BenchReport& report) {
  report.interrupted = measurement.status == MeasureStatus::interrupted;
  report.noise_resolution = measurement.noise.resolution;
  for (const EngineMeasurement& engine : measurement.engines) {
    report.results.push_back(describe_engine(engine));
    for (const ShapeSwitch& change : engine.shape_switches) {
      report.shape_switches.push_back({engine.label, change.from, change.to, change.bind_ns,
                                       change.first_ns, change.seen_before});
    }
  }
  for (const Comparison& comparison : measurement.comparisons) {
    report.comparisons.push_back(describe_comparison(comparison));
  }
}

}  // namespace vernier
