#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vernier {

/// A child process that is talked to in lines: its standard input and output are ours, its standard
/// error is kept (the last part of it) for messages. It has its own process group, inherits no
/// other descriptor, and is killed with its group and reaped at the latest by the destructor.
class ChildProcess {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::vector<std::string>
        command;  ///< command[0] is a path, or a name that is looked up in PATH
    std::vector<std::pair<std::string, std::string>> environment;  ///< added to this process's
    std::uint64_t data_limit_bytes = 0;  ///< private writable memory (RLIMIT_DATA); 0: none
    std::size_t max_line_bytes = std::size_t{64} << 20U;
  };
  enum class Outcome : std::uint8_t { line, closed, timeout, interrupted, too_long };

  /// Error: device E-ENGINE-START.
  static Result<std::unique_ptr<ChildProcess>> spawn(const Options& options);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Writes a line (the newline is added). Never raises SIGPIPE.
  Outcome send_line(std::string_view line, Clock::time_point deadline,
                    const std::atomic<bool>* interrupt = nullptr);
  /// Reads the next line without its newline.
  Outcome read_line(std::string& line, Clock::time_point deadline,
                    const std::atomic<bool>* interrupt = nullptr);
  /// Closes the child's input, waits until the deadline, then kills.
  void finish(Clock::time_point deadline);
  /// Kills the whole process group and reaps the child.
  void kill();
  /// How it ended: "signal 9 (Killed)", "exit status 1"; empty while it runs.
  [[nodiscard]] std::string ending() const;
  /// The last part of what it wrote to standard error.
  [[nodiscard]] const std::string& errors() const noexcept { return errors_; }

 private:
  ChildProcess() = default;
  void drain_errors();
  bool reap(bool wait);
  Outcome wait_for(int fd, short events, Clock::time_point deadline,
                   const std::atomic<bool>* interrupt);
  void close_all();

  pid_t pid_ = -1;
  int input_ = -1;  // a socket, so that writing to a dead child is an error and no signal
  int output_ = -1;
  int error_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::size_t max_line_bytes_ = 0;
  std::string pending_;
  std::string errors_;
};

}  // namespace vernier
