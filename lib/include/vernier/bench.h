#pragma once

#include <cstdint>
#include <functional>
#include <map>
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

/// What one engine of a measurement has for itself.
struct BenchVariant {
  std::string model;    ///< empty: the model of the measurement
  std::string label;    ///< empty: the engine as asked for
  std::string program;  ///< another vernier program, which serves the engine "vernier"; empty: this
  /// Name of an input or output in this model -> name in the first engine's model.
  std::map<std::string, std::string> aliases;
};

struct BenchOptions {
  /// Settings of every engine. `timeout_s` bounds each answer of an engine, `interrupt` leads to a
  /// valid report of what was measured until then.
  ModelOptions model;
  /// "name" or "name:key=value,key=value"; the first is the baseline of the comparisons. Empty:
  /// vernier alone.
  std::vector<std::string> engines;
  std::vector<BenchVariant> variants;  ///< parallel to `engines`; those missing have nothing own
  std::vector<std::string> inputs;     ///< as RunOptions::inputs; the same bytes for every engine
  std::uint64_t seed = 0;              ///< of made-up inputs, of the order of blocks
  std::string preprocess;
  /// Lists make a case of each batch size and shape (measured one after the other), and within a
  /// case an engine of each number of threads, precision and number of streams. Empty: one, from
  /// `model` (threads, precision) or 1.
  std::vector<std::int64_t> batches;  ///< > 0: size of the first dimension where it is free
  std::vector<std::vector<std::pair<std::string, std::vector<std::int64_t>>>> shape_sets;
  std::vector<int> thread_counts;
  std::vector<std::string> precisions;
  std::vector<int> streams;  ///< inferences in flight, 1..64
  int warmup_runs = 3;       ///< at least
  int min_runs = 10;         ///< at least
  double min_time_s = 1.0;   ///< measured time of each engine, at least
  double max_time_s = 15.0;  ///< measured time of each engine, at most
  /// Processes of each engine, one after the other, 1..1000, which share the times and runs above.
  /// With 2 or more the pairs of a comparison are processes, and a verdict takes 6.
  int processes = 1;
  double budget_s = 0.0;   ///< > 0: of a case's measuring, all engines together; rounds are planned
  double resolve = 0.005;  ///< half-width of a ratio's interval that is aimed at
  double margin = 0.01;    ///< differences below this share count as none
  /// Where engines are compared: a second process of the first one takes part, and what it differs
  /// by is noise, which no verdict goes below.
  bool noise_floor = true;
  std::optional<double> max_rel_l2;  ///< of outputs; absent: by precision
  std::string report;  ///< JSON file; empty: none. Opened before anything is measured.
  std::vector<std::string> command_line;               ///< for the report
  std::function<void(const BenchProgress&)> progress;  ///< called between blocks; may be empty
  std::function<void(const std::string&)> planned;  ///< what budget and resolve lead to, in words
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
  std::string case_label;  ///< "batch=8"; empty when there is one case
  std::string model;       ///< path
  std::string engine;
  std::string version;
  std::string precision;
  std::string backend;
  int threads = 0;
  int streams = 1;
  std::int64_t batch = 1;
  std::int64_t load_ns = 0;  ///< this and the next two: of the first process
  std::int64_t prepare_ns = 0;
  std::int64_t first_inference_ns = 0;
  std::int64_t n = 0;  ///< measured runs
  std::int64_t min_ns = 0;
  std::int64_t max_ns = 0;
  double mean_ns = 0.0;
  double stddev_ns = 0.0;
  PercentileFigure p50, p90, p95, p99;
  double throughput_per_s = 0.0;
  double throughput_low = 0.0;  ///< 95 % interval
  double throughput_high = 0.0;
  std::string steady;  ///< "flat", "bimodal", ...; "unknown" with too few blocks
  std::int64_t outliers = 0;
  std::string outlier_causes;  ///< "context switch 3, unknown 1"
  bool converged = false;
  std::string stop_reason;
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
  std::string case_label;
  std::string baseline;
  std::string contender;
  std::optional<double> ratio;
  double ci_low = 0.0;
  double ci_high = 0.0;
  double margin = 0.0;
  int pairs = 0;                     ///< of two reports: `unit`s of the shorter side
  std::string unit;                  ///< what a pair is: "block", "process"
  std::optional<double> p_adjusted;  ///< Benjamini-Hochberg over all comparisons
  /// "faster", "slower", "equivalent", "inconclusive", "disagrees", "not_comparable"
  std::string verdict;
  std::optional<int> pairs_needed;  ///< for a decision
  std::string reason;
  bool outputs_compared = false;
  bool outputs_agree = false;
  double max_rel_l2 = 0.0;
  double cosine = 1.0;
};

/// Cost of a change of shapes within one session.
struct BenchShapeSwitch {
  std::string label;
  std::string from;  ///< empty: the first shapes of the session
  std::string to;
  std::int64_t bind_ns = 0;
  std::int64_t first_ns = 0;
  bool seen_before = false;
};

struct BenchReport {
  std::string model;
  bool interrupted = false;
  std::vector<std::string> input_sources;
  std::vector<std::pair<std::string, std::int64_t>> assumed;
  std::vector<std::string> notes;
  std::vector<BenchResult> results;
  std::vector<BenchComparison> comparisons;
  std::vector<BenchShapeSwitch> shape_switches;
  /// Smallest difference that can be told from noise here, as a share; absent when not measured.
  std::optional<double> noise_resolution;
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
