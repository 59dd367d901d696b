#include "engine/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace vernier {
namespace {

constexpr std::size_t kKeptErrors = 8192;
constexpr int kPollSliceMs = 50;

/// Two connected descriptors, closed unless released.
struct Pair {
  std::array<int, 2> fd{-1, -1};
  Pair() = default;
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    for (const int f : fd) {
      if (f >= 0) close(f);
    }
  }
  int release(std::size_t i) { return std::exchange(fd[i], -1); }
};

void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

/// This process's environment with additions; an addition replaces the variable of its name.
std::vector<std::string> merged_environment(
    const std::vector<std::pair<std::string, std::string>>& additions) {
  std::vector<std::string> merged;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(additions.begin(), additions.end(),
                                      [&](const auto& pair) { return pair.first == name; });
    if (!replaced) merged.emplace_back(text);
  }
  for (const auto& [name, value] : additions) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// posix_spawn with the three standard streams replaced, a new process group and default signals.
int spawn_process(const ChildProcess::Options& options, const std::array<int, 3>& streams,
                  pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  for (int i = 0; i < 3; ++i) {
    posix_spawn_file_actions_adddup2(&actions, streams[static_cast<std::size_t>(i)], i);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> arguments = options.command;
  std::vector<std::string> variables = merged_environment(options.environment);
  const auto argv = pointers(arguments);
  const auto envp = pointers(variables);
  const int error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::spawn(const Options& options) {
  const auto fail = [&](int error) {
    const std::string program = options.command.empty() ? "" : options.command[0];
    return make_error(Errc::device, "E-ENGINE-START",
                      "cannot start '" + program +
                          "': " + std::strerror(error));  // NOLINT(concurrency-mt-unsafe)
  };
  if (options.command.empty()) return fail(EINVAL);
  Pair input;
  Pair output;
  Pair error;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.fd.data()) != 0 ||
      pipe2(output.fd.data(), O_CLOEXEC) != 0 || pipe2(error.fd.data(), O_CLOEXEC) != 0) {
    return fail(errno);
  }
  auto child = std::unique_ptr<ChildProcess>(new ChildProcess());
  const int failed = spawn_process(options, {input.fd[1], output.fd[1], error.fd[1]}, child->pid_);
  if (failed != 0) {
    child->pid_ = -1;
    return fail(failed);
  }
  if (options.data_limit_bytes > 0) {
    const rlimit limit{options.data_limit_bytes, options.data_limit_bytes};
    prlimit(child->pid_, RLIMIT_DATA, &limit, nullptr);
  }
  child->max_line_bytes_ = options.max_line_bytes;
  child->input_ = input.release(0);
  child->output_ = output.release(0);
  child->error_ = error.release(0);
  for (const int fd : {child->input_, child->output_, child->error_}) set_nonblocking(fd);
  return child;
}

ChildProcess::~ChildProcess() {
  kill();
  close_all();
}

void ChildProcess::close_all() {
  for (int* fd : {&input_, &output_, &error_}) {
    if (*fd >= 0) close(std::exchange(*fd, -1));
  }
}

void ChildProcess::drain_errors() {
  std::array<char, 4096> chunk;
  while (error_ >= 0) {
    const ssize_t n = read(error_, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      close(std::exchange(error_, -1));
      break;
    }
    errors_.append(chunk.data(), static_cast<std::size_t>(n));
    if (errors_.size() > 2 * kKeptErrors) errors_.erase(0, errors_.size() - kKeptErrors);
  }
}

ChildProcess::Outcome ChildProcess::wait_for(int fd, short events, Clock::time_point deadline,
                                             const std::atomic<bool>* interrupt) {
  while (true) {
    if (interrupt != nullptr && interrupt->load()) return Outcome::interrupted;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Outcome::timeout;
    std::array<pollfd, 2> watched{{{fd, events, 0}, {error_, POLLIN, 0}}};
    const int timeout = static_cast<int>(std::min<long>(left, kPollSliceMs));
    const int ready = poll(watched.data(), watched.size(), timeout);
    if (ready < 0 && errno != EINTR) return Outcome::closed;
    if (ready <= 0) continue;
    if (watched[1].revents != 0) drain_errors();
    if (watched[0].revents != 0) return Outcome::line;
  }
}

ChildProcess::Outcome ChildProcess::send_line(std::string_view line, Clock::time_point deadline,
                                              const std::atomic<bool>* interrupt) {
  if (input_ < 0) return Outcome::closed;
  const std::string text = std::string(line) + "\n";
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t n = send(input_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n > 0) {
      rest.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return Outcome::closed;
    const Outcome outcome = wait_for(input_, POLLOUT, deadline, interrupt);
    if (outcome != Outcome::line) return outcome;
  }
  return Outcome::line;
}

ChildProcess::Outcome ChildProcess::read_line(std::string& line, Clock::time_point deadline,
                                              const std::atomic<bool>* interrupt) {
  std::array<char, 65536> chunk;
  std::size_t searched = 0;
  while (true) {
    const auto end = pending_.find('\n', searched);
    if (end != std::string::npos) {
      line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return Outcome::line;
    }
    searched = pending_.size();
    if (searched > max_line_bytes_) return Outcome::too_long;
    if (output_ < 0) return Outcome::closed;
    const ssize_t n = read(output_, chunk.data(), chunk.size());
    if (n > 0) {
      pending_.append(chunk.data(), static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 || errno != EAGAIN) {
      drain_errors();
      return Outcome::closed;
    }
    const Outcome outcome = wait_for(output_, POLLIN, deadline, interrupt);
    if (outcome != Outcome::line) return outcome;
  }
}

bool ChildProcess::reap(bool wait) {
  if (ended_ || pid_ < 0) return true;
  pid_t result = 0;
  do {
    result = waitpid(pid_, &status_, wait ? 0 : WNOHANG);
  } while (result < 0 && errno == EINTR);
  ended_ = result != 0;  // also when somebody else reaped it (ECHILD)
  return ended_;
}

void ChildProcess::finish(Clock::time_point deadline) {
  if (pid_ < 0 || ended_) return;
  if (input_ >= 0) close(std::exchange(input_, -1));
  while (!reap(false) && Clock::now() < deadline) {
    drain_errors();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  drain_errors();  // what it said between the last look and its end
  kill();
}

void ChildProcess::kill() {
  if (pid_ < 0 || ended_) return;
  // A child that ends by itself shows its own ending when it is reaped before the signal.
  if (!reap(false)) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    reap(true);
  }
  drain_errors();
}

std::string ChildProcess::ending() const {
  if (!ended_) return {};
  if (WIFSIGNALED(status_)) {
    const int signal = WTERMSIG(status_);
    const char* name = sigdescr_np(signal);
    return "signal " + std::to_string(signal) + (name ? " (" + std::string(name) + ")" : "");
  }
  return "exit status " + std::to_string(WEXITSTATUS(status_));
}

}  // namespace vernier
