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
};

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
  std::uint64_t peak_rss_bytes = 0;  ///< VmHWM at the end
};

/// Everything that was seen of one engine.
struct EngineMeasurement {
  std::string label;  ///< as asked for: "vernier:precision=bf16"
  std::string name;
  std::string version;
  std::string model;  ///< path
  EngineSettings settings;
  std::int64_t batch = 1;
  std::int64_t load_ns = 0;
  std::int64_t prepare_ns = 0;  ///< taking inputs and preparing for their shapes
  std::int64_t first_inference_ns = 0;
  std::vector<BlockSamples> blocks;
  LatencySummary latency;
  MemoryUse memory;
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

enum class Verdict : std::uint8_t { faster, slower, inconclusive, disagrees };
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
  Verdict verdict = Verdict::inconclusive;
  std::string reason;
  OutputAgreement outputs;
};

struct MeasureSettings {
  int warmup_runs = 3;       ///< at least; see warmup_s
  double warmup_s = 0.3;     ///< at least; whichever is later
  double min_time_s = 1.0;   ///< measured time of each engine
  double max_time_s = 15.0;  ///< of each engine; then converged is false
  int min_runs = 10;
  int min_rounds = 10;         ///< pairs of a comparison; 1 engine: not needed
  double block_time_s = 0.05;  ///< length of a block, in which an engine runs undisturbed
  int lead_in_runs = 1;  ///< untimed runs at the start of each block (caches, other's threads)
  std::int64_t max_samples = 200'000;  ///< of each engine
  std::uint64_t seed = 0;              ///< order of the blocks, bootstrap
  double margin = 0.01;
  std::optional<double> max_rel_l2;  ///< of outputs; absent: by precision
};

enum class MeasureStatus : std::uint8_t { complete, interrupted };

/// The whole of a measurement.
struct Measurement {
  MeasureStatus status = MeasureStatus::complete;
  MeasureSettings settings;
  Environment environment;
  std::vector<EngineMeasurement> engines;
  std::vector<Comparison> comparisons;  ///< each further engine against the first
};

}  // namespace vernier
