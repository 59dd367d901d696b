#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vernier/export.h"
#include "vernier/result.h"
#include "vernier/types.h"

namespace vernier {

/// Where a measurement is, for people.
struct BenchProgress {
  std::string stage;  ///< "load", "warm up", "measure"
  std::string label;  ///< engine at work
  int round = 0;
  double fraction = 0.0;  ///< of the least time that measuring takes
};

struct BenchOptions {
  /// Settings of every engine. `timeout_s` bounds each answer of an engine, `interrupt` leads to a
  /// valid report of what was measured until then.
  ModelOptions model;
  /// "name" or "name:key=value,key=value"; the first is the baseline of the comparisons. Empty:
  /// vernier alone.
  std::vector<std::string> engines;
  std::vector<std::string> inputs;  ///< as RunOptions::inputs; the same bytes for every engine
  std::uint64_t seed = 0;           ///< of made-up inputs, of the order of blocks
  std::string preprocess;
  std::int64_t batch = 0;    ///< > 0: size of the first dimension where it is free
  int warmup_runs = 3;       ///< at least
  int min_runs = 10;         ///< at least
  double min_time_s = 1.0;   ///< measured time of each engine, at least
  double max_time_s = 15.0;  ///< measured time of each engine, at most
  std::string report;        ///< JSON file; empty: none. Opened before anything is measured.
  std::vector<std::string> command_line;               ///< for the report
  std::function<void(const BenchProgress&)> progress;  ///< called between blocks; may be empty
};

/// A percentile with its 95 % interval, or the reason why there is none.
struct PercentileFigure {
  std::optional<std::int64_t> value;
  std::int64_t ci_low = 0;
  std::int64_t ci_high = 0;
  std::string reason;
};

/// A fact that bears on whether a number can be trusted.
struct ValidityNote {
  std::string id;
  std::string status;  ///< "ok", "suspect", "invalid"
  std::string observed;
  std::string limit;
  std::string remedy;
};

struct BenchResult {
  std::string label;
  std::string engine;
  std::string version;
  std::string precision;
  std::string backend;
  int threads = 0;
  std::int64_t batch = 1;
  std::int64_t load_ns = 0;
  std::int64_t prepare_ns = 0;
  std::int64_t first_inference_ns = 0;
  std::int64_t n = 0;  ///< measured runs
  std::int64_t min_ns = 0;
  std::int64_t max_ns = 0;
  double mean_ns = 0.0;
  double stddev_ns = 0.0;
  PercentileFigure p50, p90, p95, p99;
  double throughput_per_s = 0.0;
  std::uint64_t rss_before_load_bytes = 0;
  std::uint64_t peak_rss_bytes = 0;
  std::uint64_t planned_arena_bytes = 0;
  std::uint64_t weights_bytes = 0;
  std::vector<ValidityNote> validity;
  std::optional<Error> error;  ///< why this engine did not get to the end
};

/// A contender against the first engine. `ratio` is baseline latency / contender latency: above 1
/// the contender is faster.
struct BenchComparison {
  std::string baseline;
  std::string contender;
  std::optional<double> ratio;
  double ci_low = 0.0;
  double ci_high = 0.0;
  std::string verdict;  ///< "faster", "slower", "inconclusive", "disagrees"
  std::string reason;
  bool outputs_compared = false;
  bool outputs_agree = false;
  double max_rel_l2 = 0.0;
  double cosine = 1.0;
};

struct BenchReport {
  std::string model;
  bool interrupted = false;
  std::vector<std::string> input_sources;
  std::vector<std::pair<std::string, std::int64_t>> assumed;
  std::vector<std::string> notes;
  std::vector<BenchResult> results;
  std::vector<BenchComparison> comparisons;
  std::string json;  ///< the report file's content (vernier-report.schema.json)

  /// Every comparison was made and every engine's outputs agree with the first one's.
  [[nodiscard]] bool outputs_agree() const {
    for (const BenchComparison& comparison : comparisons) {
      if (!comparison.outputs_compared || !comparison.outputs_agree) return false;
    }
    return true;
  }
};

/// Measures engines, each in a process of its own, in interleaved blocks on the same input bytes.
/// Errors: usage for engines that do not exist, unsupported for those that cannot start here, the
/// first engine's error when none gets as far as an inference, output for the report file.
VERNIER_API Result<BenchReport> bench(const std::string& path, const BenchOptions& options);

}  // namespace vernier
