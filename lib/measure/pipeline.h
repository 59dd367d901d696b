#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/measurement.h"
#include "measure/statistics.h"

namespace vernier {

/// The steps of an item, in order. `transfer` belongs to the inference thread: whatever of its time
/// is not inside the engine's own clock (the way of tensors to and from the engine's process).
enum class PipelineStage : std::uint8_t { decode, preprocess, transfer, inference, postprocess };
inline constexpr std::size_t kPipelineStages = 5;
std::string_view pipeline_stage_name(PipelineStage stage) noexcept;

/// What the steps hand on; it belongs to whoever implements PipelineSteps.
struct PipelinePayload {
  virtual ~PipelinePayload() = default;
};

/// An item that could not be processed; the others go on.
struct PipelineFailure {
  std::int64_t index = 0;
  std::string item;
  PipelineStage stage = PipelineStage::decode;
  Error error;
};

struct PipelineItem {
  std::int64_t index = 0;
  std::unique_ptr<PipelinePayload> payload;
  std::array<std::int64_t, kPipelineStages> ns{};  ///< -1: not reached
  std::uint64_t fingerprint = 0;                   ///< of its result, set by postprocess
  std::optional<PipelineFailure> failure;
};

/// The work of the pipeline. Errors of codes invalid_data, unsupported and limit in decode,
/// preprocess and postprocess, and invalid_data in infer, are an item's own; all others end the
/// measurement.
class PipelineSteps {
 public:
  virtual ~PipelineSteps() = default;
  /// For messages: the file, or a frame of a video.
  [[nodiscard]] virtual std::string name(std::int64_t index) const = 0;
  /// decode() may be called by several threads and in any order.
  [[nodiscard]] virtual bool any_order() const = 0;
  /// Sets the payload; false past the last item. From one thread unless any_order().
  virtual Result<bool> decode(PipelineItem& item) = 0;
  /// May be called by several threads.
  virtual Result<void> preprocess(PipelineItem& item) = 0;
  /// From one thread; returns the time that the engine's own clock gives to the run.
  virtual Result<std::int64_t> infer(PipelineItem& item) = 0;
  /// From one thread, in the order of items.
  virtual Result<void> postprocess(PipelineItem& item) = 0;
};

struct PipelineSettings {
  std::size_t queue_capacity = 4;  ///< >= 1, of each of the three queues
  int workers = 1;                 ///< threads of decode (1 for a video) and of preprocess, 1..64
  int passes = 6;                  ///< of each kind, >= 1; a verdict needs kLeastPairs
  std::int64_t max_items = 0;      ///< 0: all
  std::int64_t warm_up_items = 5;  ///< 0: all; before measuring, in sequence, untimed
  std::uint64_t seed = 0;          ///< which kind goes first in a pair
  double margin = 0.01;            ///< gains below this share count as none
};

struct PipelineQueue {
  std::string after;  ///< the stage that fills it
  std::size_t capacity = 0;
  std::size_t max_depth = 0;
};

/// All items once.
struct PipelinePass {
  bool staged = false;
  int round = 0;     ///< passes of one round are a pair
  int position = 0;  ///< 0 when it came first in its pair
  bool complete = false;
  std::int64_t wall_ns = 0;
  std::int64_t items = 0;          ///< that came out, failed ones included
  std::int64_t failed = 0;         ///< of these
  bool order_kept = true;          ///< results came out by index, none missing
  std::int64_t max_in_flight = 0;  ///< items between the start of decode and the end of postprocess
  /// By item; -1 where a failed item did not get.
  std::array<std::vector<std::int64_t>, kPipelineStages> samples_ns;
  std::uint64_t results_digest = 0;   ///< of all fingerprints in order
  std::vector<PipelineQueue> queues;  ///< of a staged pass
  /// Items without failure per second of wall time; 0 without any.
  [[nodiscard]] double throughput_per_s() const;
};

/// One stage over all passes of a kind.
struct PipelineStageSummary {
  PipelineStage stage = PipelineStage::decode;
  int threads = 1;
  LatencySummary sequential;  ///< of all complete sequential passes
  LatencySummary staged;
  double busy = 0.0;  ///< share of the staged wall time (times threads) that it works; 0..1
};

struct PipelineMeasurement {
  MeasureStatus status = MeasureStatus::complete;
  PipelineSettings settings;
  int decode_threads = 1;  ///< of staged passes
  std::string source;      ///< as given
  std::string kind;        ///< "pictures" | "video"
  std::string preprocess;
  std::string postprocess;  ///< "yolo", "top-5", "none"
  std::int64_t items = 0;   ///< of each complete pass, failed ones included
  std::vector<PipelineFailure> failed;
  std::vector<PipelinePass> passes;  ///< in order of time
  bool order_kept = true;            ///< in every pass
  bool results_equal = true;         ///< complete passes have the same digest
  // Derived from the above:
  std::vector<PipelineStageSummary> stages;
  double sequential_per_s = 0.0;  ///< median over complete passes
  double staged_per_s = 0.0;
  /// baseline "sequential", contender "staged"; the ratio is that of throughputs. Its verdict is
  /// `disagrees` when results differ between passes. With fewer than kLeastPairs pairs the interval
  /// is withheld (0 to 0), and `reason` says why.
  Comparison gain;
  std::string bottleneck;  ///< the busiest thread's stage when staged
};

struct PipelineHooks {
  const std::atomic<bool>* interrupt = nullptr;  ///< ends all threads soon: partial result
  /// Before each pass, from the calling thread: its number from 0; -1 for the warm-up.
  std::function<void(int)> progress;
};

/// One pass, for tests and for callers with a protocol of their own. `max_items` as in settings.
/// Error: what ended the pass. An interruption gives a pass that is not complete.
Result<PipelinePass> run_pipeline_pass(PipelineSteps& steps, const PipelineSettings& settings,
                                       bool staged, std::vector<PipelineFailure>& failures,
                                       const PipelineHooks& hooks = {});

/// Computes the derived part from passes and settings.
void derive_pipeline(PipelineMeasurement& measurement);

/// Warm-up, then pairs of a sequential and a staged pass, in random order within the pair. Fills
/// everything but the names of source and steps. Errors: usage; invalid_data E-PIPELINE-EMPTY when
/// there is no item, the first item's error when every one fails; those that end a pass.
Result<PipelineMeasurement> measure_pipeline(PipelineSteps& steps, const PipelineSettings& settings,
                                             const PipelineHooks& hooks = {});

}  // namespace vernier
