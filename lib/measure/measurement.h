#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "measure/environment.h"
#include "measure/statistics.h"

namespace vernier {

/// One uninterrupted series of runs of one engine.
struct BlockSamples {
  int round = 0;     ///< blocks of one round are neighbours in time: the pairs of a comparison
  int position = 0;  ///< place within the round (random order)
  std::vector<std::int64_t> ns;
  std::int64_t wall_ns = 0;  ///< first start to last end; shorter than the sum with streams > 1
  std::vector<TimedRuns::Event> events;  ///< empty as well when the engine does not tell
  std::optional<double> cpu_mhz;   ///< mean of the allowed cores, read at the end of the block
  std::int64_t steal_ticks = 0;    ///< of all CPUs, during the block
  std::int64_t other_busy_ns = 0;  ///< CPU time of other processes on the machine, in the block
  int process = 0;  ///< of the engine's processes, from 0; see MeasureSettings::processes
};

/// What the pairs of a comparison are: blocks of one round, or the averages of what a process of
/// each engine showed over the rounds that they shared.
enum class PairUnit : std::uint8_t { block, process };
std::string_view pair_unit_name(PairUnit unit) noexcept;

/// A fact that bears on whether a number can be trusted.
struct ValidityCheck {
  enum class Status : std::uint8_t { ok, suspect, invalid };
  std::string id;  ///< "converged", "drift", "outputs_stable", "governor", "load", ...
  Status status = Status::ok;
  std::string observed;
  std::string limit;
  std::string remedy;
};
std::string_view validity_status_name(ValidityCheck::Status status) noexcept;

/// Memory of the process that ran the engine, from /proc/<pid>/status.
struct MemoryUse {
  std::uint64_t rss_before_load_bytes = 0;  ///< the engine's libraries are loaded, the model is not
  std::uint64_t rss_after_load_bytes = 0;
  std::uint64_t peak_load_bytes = 0;  ///< VmHWM after load, bind and the first inference
  std::uint64_t peak_rss_bytes = 0;   ///< VmHWM at the end; of several processes the highest
  /// Slope of the resident size over the last process's measured runs (Theil-Sen); absent with too
  /// few readings.
  std::optional<double> growth_bytes_per_1000_runs;
};

/// First runs of an engine, from the first inference on, in order.
struct WarmUp {
  std::vector<std::int64_t> ns;  ///< at most kMaxWarmUpCurve; later ones are not kept
  std::int64_t runs = 0;
  std::int64_t total_ns = 0;
  std::int64_t steady_from_run = 0;  ///< first run of the curve that belongs to the steady state
  std::int64_t time_to_steady_ns = 0;
};
inline constexpr std::size_t kMaxWarmUpCurve = 2000;

/// What the series of block medians looks like.
enum class SteadyClass : std::uint8_t {
  unknown,
  flat,
  warm_up,
  slowdown,
  bimodal,
  no_steady_state
};
std::string_view steady_class_name(SteadyClass steady) noexcept;

struct SteadyState {
  SteadyClass steady = SteadyClass::unknown;  ///< unknown: too few blocks to tell
  /// Change over the whole measured part as a share of the median (Theil-Sen slope times length),
  /// with its 95 % interval.
  std::optional<double> drift;
  double drift_low = 0.0;
  double drift_high = 0.0;
  /// Two modes of the single runs: their medians and the share of runs in the slower one.
  bool bimodal = false;
  double fast_mode_ns = 0.0;
  double slow_mode_ns = 0.0;
  double slow_mode_share = 0.0;
};

/// A run far from the others. Outliers are labelled and never dropped.
struct Outlier {
  int round = 0;
  std::int64_t run = 0;  ///< index within the block
  std::int64_t ns = 0;
  bool severe = false;  ///< beyond 3 interquartile ranges (Tukey); otherwise beyond 1.5
  std::string cause;    ///< "context switch", "page fault", "steal", "frequency", "unknown"
};
inline constexpr std::size_t kMaxListedOutliers = 100;

struct Outliers {
  std::int64_t mild = 0;
  std::int64_t severe = 0;
  std::vector<std::pair<std::string, std::int64_t>> causes;  ///< cause -> runs, by count
  std::vector<Outlier> listed;                               ///< the slowest kMaxListedOutliers
};

/// Kernel accounting of the engine's process over the measured blocks, lead-in runs included.
struct ResourceUse {
  std::int64_t user_ns = 0;
  std::int64_t system_ns = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;
  std::int64_t minor_faults = 0;
  std::int64_t major_faults = 0;
};

/// Energy of the package during the measured blocks (RAPL); other processes are in it.
struct Energy {
  std::optional<double> joules_per_inference;
  double joules = 0.0;
  std::string source;
  std::string reason;  ///< why there is none
};

/// Inferences times batch per second of wall time, with a 95 % interval over blocks.
struct Throughput {
  double per_s = 0.0;
  double ci_low = 0.0;
  double ci_high = 0.0;
};

/// First run after the shapes of the inputs changed within one session.
struct ShapeSwitch {
  std::string from;  ///< case labels
  std::string to;
  std::int64_t bind_ns = 0;   ///< preparing for the new shapes
  std::int64_t first_ns = 0;  ///< first run after it
  bool seen_before = false;   ///< the session had these shapes earlier
};

/// Everything that was seen of one engine.
struct EngineMeasurement {
  std::string label;  ///< as asked for: "vernier:precision=bf16"
  std::string name;
  std::string version;
  std::string model;  ///< path
  /// Sizes that tell one setting of the inputs from another ("batch=8"); empty when there is one.
  std::string case_label;
  EngineSettings settings;
  std::int64_t batch = 1;
  std::int64_t load_ns = 0;     ///< this and the next two: of the first process
  std::int64_t prepare_ns = 0;  ///< taking inputs and preparing for their shapes
  std::int64_t first_inference_ns = 0;
  std::vector<BlockSamples> blocks;
  LatencySummary latency;
  Throughput throughput;
  WarmUp warm_up;
  SteadyState steady;
  Outliers outliers;
  ResourceUse use;
  Energy energy;
  MemoryUse memory;
  std::vector<ShapeSwitch> shape_switches;
  bool converged = false;
  std::string stop_reason;  ///< "precise enough", "time limit", ...
  EngineFacts facts;
  std::vector<ValidityCheck> validity;
  std::optional<Error> error;  ///< why it did not get to the end
};

/// Outputs of an engine against those of the first one.
struct OutputAgreement {
  bool compared = false;
  bool agree = false;
  double max_rel_l2 = 0.0;         ///< worst output; |a - b| / |b|
  double min_cosine = 1.0;         ///< worst output
  std::optional<bool> top1_agree;  ///< of the outputs that are class scores
  double tolerance = 0.0;          ///< max_rel_l2 allowed
  std::string reason;              ///< why not
};

enum class Verdict : std::uint8_t {
  faster,
  slower,
  equivalent,      ///< the 90 % interval lies within the margin (two one-sided tests)
  inconclusive,    ///< `blocks_needed` says how many pairs would decide
  disagrees,       ///< the outputs differ: no speed is claimed
  not_comparable,  ///< conditions differ; `reason` says which
};
std::string_view verdict_name(Verdict verdict) noexcept;

/// A contender against the baseline. `ratio` is baseline latency / contender latency: above 1 the
/// contender is faster. It has no value when there are no pairs.
struct Comparison {
  std::string baseline;
  std::string contender;
  std::optional<double> ratio;
  double ci_low = 0.0;
  double ci_high = 0.0;
  double margin = 0.0;  ///< differences below this share count as none
  int pairs = 0;
  std::string case_label;            ///< of both
  std::optional<double> p_value;     ///< sign-flip test that the ratio is 1
  std::optional<double> p_adjusted;  ///< Benjamini-Hochberg over all comparisons of a report
  std::optional<int> pairs_needed;   ///< for a decision; only when inconclusive
  Verdict verdict = Verdict::inconclusive;
  std::string reason;
  OutputAgreement outputs;
  PairUnit unit = PairUnit::block;  ///< of `pairs` and `pairs_needed`
};

/// Two processes of the same engine with the same settings, driven like a comparison: what it finds
/// between them is noise. `resolution` is the smallest difference that a comparison of as many
/// pairs can claim.
struct NoiseFloor {
  std::optional<double> ratio;
  double ci_low = 0.0;
  double ci_high = 0.0;
  int pairs = 0;
  std::optional<double> resolution;
  std::string label;   ///< the engine
  std::string reason;  ///< why there is none
};

/// What --budget and --resolve lead to, from a pilot of a few rounds.
struct MeasurePlan {
  double resolve = 0.0;             ///< half-width asked for
  double budget_s = 0.0;            ///< 0: none
  int rounds = 0;                   ///< planned
  double seconds = 0.0;             ///< that they take
  bool possible = true;             ///< within the budget
  double reachable_resolve = 0.0;   ///< half-width that the budget allows
  PairUnit unit = PairUnit::block;  ///< process: `rounds` counts processes of each engine
};

struct MeasureSettings {
  int warmup_runs = 3;        ///< at least; see warmup_s
  double warmup_s = 0.3;      ///< at least; whichever is later
  double max_warmup_s = 3.0;  ///< where the times do not settle
  double min_time_s = 1.0;    ///< measured time of each engine
  double max_time_s = 15.0;   ///< of each engine; then converged is false
  int min_runs = 10;
  int min_rounds = 10;         ///< pairs of a comparison; 1 engine: not needed
  double block_time_s = 0.05;  ///< length of a block, in which an engine runs undisturbed
  int lead_in_runs = 1;  ///< untimed runs at the start of each block (caches, other's threads)
  std::int64_t max_samples = 200'000;  ///< of each engine
  std::uint64_t seed = 0;              ///< order of the blocks, bootstrap
  double margin = 0.01;
  double resolve = 0.005;    ///< half-width of a ratio's 95 % interval at which measuring may end
  double precision = 0.005;  ///< half-width of the median's interval, as a share of it
  double budget_s = 0.0;     ///< of the whole measurement; 0: bounded by max_time_s of each engine
  bool noise_floor = true;   ///< measure the first engine against itself where engines are compared
  std::optional<double> max_rel_l2;  ///< of outputs; absent: by precision
  /// Processes of each engine, one after the other, 1..kMostProcesses; they share the times, runs
  /// and rounds above evenly. With 2 or more a pair is a process (PairUnit): what differs between
  /// two processes of one engine (layout of addresses, placement of pages) is then in the interval.
  int processes = 1;
};
inline constexpr int kMostProcesses = 1000;

enum class MeasureStatus : std::uint8_t { complete, interrupted };

/// The whole of a measurement.
struct Measurement {
  MeasureStatus status = MeasureStatus::complete;
  MeasureSettings settings;
  Environment environment;
  std::vector<EngineMeasurement> engines;
  std::vector<Comparison> comparisons;  ///< each further engine against the first of its case
  NoiseFloor noise;
  std::optional<MeasurePlan> plan;
};

}  // namespace vernier
