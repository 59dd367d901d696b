#include "api/bench_engines.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "api/settings.h"
#include "engine/engines.h"

namespace vernier {
namespace {

PercentileFigure figure_of(const Percentile& percentile) {
  return {percentile.value, percentile.ci_low, percentile.ci_high, percentile.reason};
}

BenchResult describe_engine(const EngineMeasurement& engine) {
  BenchResult result;
  result.label = engine.label;
  result.engine = engine.name;
  result.version = engine.version;
  result.precision = engine.settings.precision;
  result.backend = engine.settings.backend;
  result.threads = engine.settings.threads;
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
  if (latency.mean > 0.0) {
    result.throughput_per_s = 1e9 * static_cast<double>(engine.batch) / latency.mean;
  }
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

BenchComparison describe_comparison(const Comparison& comparison) {
  BenchComparison row;
  row.baseline = comparison.baseline;
  row.contender = comparison.contender;
  row.ratio = comparison.ratio;
  row.ci_low = comparison.ci_low;
  row.ci_high = comparison.ci_high;
  row.verdict = verdict_name(comparison.verdict);
  row.reason = comparison.reason.empty() ? comparison.outputs.reason : comparison.reason;
  row.outputs_compared = comparison.outputs.compared;
  row.outputs_agree = comparison.outputs.agree;
  row.max_rel_l2 = comparison.outputs.max_rel_l2;
  row.cosine = comparison.outputs.min_cosine;
  return row;
}

}  // namespace

Result<std::vector<Contender>> start_contenders(const std::string& model,
                                                const BenchOptions& options) {
  std::vector<std::string> names = options.engines;
  if (names.empty()) names.emplace_back("vernier");
  WorkerOptions worker;
  worker.interrupt = options.model.interrupt;
  if (options.model.timeout_s > 0.0) {
    const std::chrono::milliseconds limit(
        std::max<std::int64_t>(static_cast<std::int64_t>(options.model.timeout_s * 1000.0), 1));
    worker.load_timeout = worker.run_timeout = limit;
  }
  std::vector<EngineRequest> requests;
  std::map<std::string, int> seen;
  for (const std::string& text : names) {
    VERNIER_ASSIGN(EngineRequest request, parse_engine_request(text));
    const int times = ++seen[text];
    if (times > 1) request.text += " #" + std::to_string(times);
    requests.push_back(std::move(request));
  }
  std::vector<Contender> contenders;
  for (const EngineRequest& request : requests) {
    Contender contender;
    contender.label = request.text;
    contender.model = model;
    contender.batch = std::max<std::int64_t>(options.batch, 1);
    EngineSettings base = engine_settings(options.model);
    if (request.name == "vernier") {
      base.options.emplace("fixed_shapes", "1");  // a worker is bound once
    } else {
      base.options.clear();  // passes are vernier's own affair
    }
    VERNIER_ASSIGN(contender.settings, apply_engine_options(request, std::move(base)));
    VERNIER_ASSIGN(contender.engine, start_engine(request.name, worker));
    contenders.push_back(std::move(contender));
  }
  return contenders;
}

MeasureSettings measure_settings(const BenchOptions& options) {
  MeasureSettings settings;
  settings.warmup_runs = options.warmup_runs;
  settings.min_runs = options.min_runs;
  settings.min_time_s = options.min_time_s;
  settings.max_time_s = std::max(options.max_time_s, options.min_time_s);
  settings.seed = options.seed;
  return settings;
}

void describe_measurement(const Measurement& measurement, BenchReport& report) {
  report.interrupted = measurement.status == MeasureStatus::interrupted;
  for (const EngineMeasurement& engine : measurement.engines) {
    report.results.push_back(describe_engine(engine));
  }
  for (const Comparison& comparison : measurement.comparisons) {
    report.comparisons.push_back(describe_comparison(comparison));
  }
}

}  // namespace vernier
