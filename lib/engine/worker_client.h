#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace vernier {

class ChildProcess;
class SharedMemory;

/// How a worker process is started and how long its answers may take.
struct WorkerOptions {
  std::string name;                  ///< the engine's name, for messages
  std::vector<std::string> command;  ///< program and arguments
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to this process's
  /// Name of an input or output in the model -> name under which the caller knows it.
  std::map<std::string, std::string> aliases;
  std::uint64_t data_limit_bytes = 0;  ///< private writable memory (RLIMIT_DATA); 0: none
  std::chrono::milliseconds hello_timeout{60'000};
  std::chrono::milliseconds load_timeout{600'000};  ///< load and bind
  std::chrono::milliseconds run_timeout{600'000};   ///< every other call
  const std::atomic<bool>* interrupt = nullptr;     ///< ends a call early with Errc::interrupted
};

/// What a worker says about its own process.
struct WorkerStats {
  std::uint64_t rss_bytes = 0;
  std::uint64_t peak_rss_bytes = 0;
};

/// An engine in a child process that speaks docs/worker-protocol.md. Times are taken by the worker,
/// so they hold neither the pipe nor the copies into shared memory. Errors beside the engine's own:
/// device E-ENGINE-START, E-ENGINE-DIED ("engine 'x' died (signal 9)"); limit E-ENGINE-TIMEOUT (the
/// process is killed); internal E-WORKER-PROTOCOL; interrupted E-INTERRUPTED. After one of these
/// the worker is gone and every call returns E-ENGINE-DIED.
class WorkerEngine final : public Engine {
 public:
  /// Starts the process and exchanges greetings.
  static Result<std::unique_ptr<WorkerEngine>> start(WorkerOptions options);
  ~WorkerEngine() override;

  [[nodiscard]] std::string name() const override { return options_.name; }
  [[nodiscard]] std::string version() const override { return version_; }
  Result<void> load(const std::string& path, const EngineSettings& settings) override;
  [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return outputs_; }
  Result<void> bind(std::span<const NamedTensor> inputs) override;
  Result<void> run() override;
  Result<TimedRuns> run_timed(int n) override;
  Result<std::vector<NamedTensor>> fetch_outputs() override;
  [[nodiscard]] EngineFacts facts() const override { return facts_; }

  /// `n` runs without times.
  Result<void> warm(int n);
  Result<WorkerStats> stats();
  Result<void> unload();
  [[nodiscard]] std::int64_t pid() const noexcept;
  /// Time of the last load, by the worker's clock; 0 before it.
  [[nodiscard]] std::int64_t load_ns() const noexcept { return load_ns_; }
  /// Time of the last bind (shape-dependent preparation), by the worker's clock.
  [[nodiscard]] std::int64_t bind_ns() const noexcept { return bind_ns_; }

 private:
  struct Call;  // hides the JSON
  explicit WorkerEngine(WorkerOptions options);
  Result<void> call(Call& call, std::chrono::milliseconds timeout);
  Result<void> exchange(Call& call, std::chrono::milliseconds timeout);
  Error gone(const std::string& how);
  /// The caller's name of a tensor of the model, and the reverse.
  [[nodiscard]] std::string alias_of(const std::string& name) const;
  [[nodiscard]] std::string model_name_of(const std::string& alias) const;

  WorkerOptions options_;
  std::unique_ptr<ChildProcess> child_;
  std::int64_t next_id_ = 1;
  std::string ending_;  // why the worker is gone; empty while it lives
  std::string version_;
  std::vector<TensorInfo> inputs_;
  std::vector<TensorInfo> outputs_;
  EngineFacts facts_;
  std::shared_ptr<SharedMemory> input_memory_;
  std::int64_t load_ns_ = 0;
  std::int64_t bind_ns_ = 0;
};

}  // namespace vernier
