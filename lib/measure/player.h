#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "measure/conductor.h"
#include "measure/measurement.h"
#include "measure/system_sampler.h"

namespace vernier {

class WorkerEngine;

/// One engine of a measurement: drives it, and keeps what was seen of it. Every error is the
/// engine's own.
class Player {
 public:
  Player(Contender& contender, const MeasureSettings& settings);

  [[nodiscard]] Engine& engine() const { return *contender_->engine; }
  [[nodiscard]] bool is_twin() const { return contender_->noise_twin; }
  EngineMeasurement& measured() { return measured_; }
  [[nodiscard]] const EngineMeasurement& measured() const { return measured_; }
  [[nodiscard]] const std::vector<NamedTensor>& first_outputs() const { return first_outputs_; }
  /// It has inferred once and has not failed since.
  [[nodiscard]] bool alive() const { return alive_; }
  void fail(Error error);

  Result<void> load();
  /// Takes the inputs, infers once and keeps the outputs.
  Result<void> start(std::span<const NamedTensor> inputs);
  /// Runs until number and time of the warm-up are reached and the times have settled, at most
  /// `max_time_s`; sizes the blocks. `stopped` is asked between calls.
  Result<void> warm_up(const std::function<bool()>& stopped);
  /// Begins the accounting of the measured part of the process.
  void begin();
  Result<void> block(int round, int position);
  /// Looks at the outputs, closes the accounting of the process and ends it; not alive then.
  Result<void> end_process();
  /// Ended by end_process, and nothing has gone wrong.
  [[nodiscard]] bool awaits_process() const { return ended_ && !measured_.error; }
  /// Starts the next process, gives it the inputs and infers once; then it is to be warmed up.
  Result<void> start_process(std::span<const NamedTensor> inputs);
  /// Summaries of what was measured so far, from the samples alone.
  void summarize_blocks();
  /// Accounting of the measured part, memory; the engine may be gone.
  void finish();
  /// The outputs of the last run of each process, and of the first of each further one, against
  /// those of the first: a kernel that goes wrong when warm, or state that leaks from run to run,
  /// shows here.
  Result<void> check_stability();
  /// max_rel_l2 that counts as agreement for this engine's precision.
  [[nodiscard]] double tolerance() const;
  [[nodiscard]] double measured_seconds() const { return static_cast<double>(measured_ns_) * 1e-9; }
  [[nodiscard]] std::int64_t samples() const { return samples_; }

 private:
  [[nodiscard]] std::int64_t pid() const;
  void read_memory();
  void close_accounts();
  Result<void> look_at_outputs();
  Result<void> warm_up(WarmUp& curve, double least_s, double most_s,
                       const std::function<bool()>& stopped);
  void size_blocks(double median_ns);

  Contender* contender_;
  const MeasureSettings* settings_;
  const WorkerEngine* worker_;  // null for an engine in this process
  EnergyCounter energy_;
  EngineMeasurement measured_;
  std::vector<NamedTensor> first_outputs_;
  bool alive_ = false;
  bool ended_ = false;
  int process_ = 0;
  WarmUp again_;                            // of the present process, when it is not the first
  std::optional<OutputAgreement> unequal_;  // outputs that differ most from the first ones
  bool far_ = false;                        // beyond the tolerance
  int block_runs_ = 1;
  std::int64_t measured_ns_ = 0;
  std::int64_t samples_ = 0;
  ResourceUse use_at_begin_;
  double joules_ = 0.0;
  bool joules_known_ = true;
  std::vector<double> rss_runs_;  // runs done and resident bytes after each block
  std::vector<double> rss_bytes_;
};

}  // namespace vernier
