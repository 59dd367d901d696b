#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/file.h"
#include "vernier/compare.h"

extern char** environ;  // NOLINT: POSIX's

namespace vernier {
namespace {

namespace fs = std::filesystem;

/// Descriptors that a child gets for its output, and the process itself.
class Tool {
 public:
  Tool(const std::string& log, const std::atomic<bool>* interrupt)
      : log_(log), interrupt_(interrupt) {}

  /// Runs the program with its output appended to the log; the exit status. Errors: unsupported
  /// E-GIT-ABSENT when there is no such program, interrupted.
  Result<int> run(const std::vector<std::string>& command, const std::string& directory) const {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // Ctrl-C is passed on by us
    posix_spawnattr_setpgroup(&attributes, 0);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = -1;
    const int problem =
        posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (problem != 0) {
      return unsupported("'" + command.front() + "' cannot be started: " + std::strerror(problem),
                         "E-GIT-ABSENT");
    }
    return wait_for(child);
  }

 private:
  [[nodiscard]] Result<int> wait_for(pid_t child) const {
    int status = 0;
    while (true) {
      const pid_t ended = waitpid(child, &status, WNOHANG);
      if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
      if (ended < 0 && errno != EINTR) return internal_error("a child process was lost");
      if (interrupt_ != nullptr && interrupt_->load()) {
        kill(-child, SIGTERM);
        waitpid(child, &status, 0);
        return make_error(Errc::interrupted, "E-INTERRUPTED", "stopped by a signal");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  std::string log_;
  const std::atomic<bool>* interrupt_;
};

/// One line that the program writes.
Result<std::string> line_of(const std::vector<std::string>& command, const std::string& directory,
                            const std::atomic<bool>* interrupt) {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "vernier-git-XXXXXX").string();
  const int fd = mkstemp(pattern.data());
  if (fd < 0) return make_error(Errc::output, "E-OUTPUT-OPEN", "no temporary file can be made");
  close(fd);
  const auto status = Tool(pattern, interrupt).run(command, directory);
  std::string line;
  {
    std::ifstream file(pattern);
    std::getline(file, line);
  }
  fs::remove(pattern, error);
  if (!status) return status.error();
  if (*status != 0) return usage_error(line.empty() ? "git failed" : line, "E-GIT-REVISION");
  return line;
}

/// Held while a revision is built, so that two calls do not build into one folder.
class BuildLock {
 public:
  explicit BuildLock(const fs::path& path)
      : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ >= 0) flock(fd_, LOCK_EX);
  }
  BuildLock(const BuildLock&) = delete;
  BuildLock& operator=(const BuildLock&) = delete;
  ~BuildLock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  int fd_;
};

Error build_error(const std::string& what, const fs::path& log) {
  return internal_error(what + " failed; see '" + log.string() + "'", "E-GIT-BUILD");
}

}  // namespace

Result<GitBaseline> build_git_baseline(const std::string& revision,
                                       const std::atomic<bool>* interrupt) {
  auto top = line_of({"git", "rev-parse", "--show-toplevel"}, ".", interrupt);
  if (!top) {
    if (top.error().id != "E-GIT-REVISION") return std::move(top).error();
    return unsupported("the working directory is in no git repository", "E-GIT-REPOSITORY");
  }
  const fs::path root = *top;
  std::error_code error;
  if (!fs::exists(root / "CMakePresets.json", error) || !fs::exists(root / "apps/vernier", error)) {
    return unsupported("'" + root.string() + "' is no repository of vernier", "E-GIT-REPOSITORY");
  }
  VERNIER_ASSIGN(const std::string commit, line_of({"git", "rev-parse", "--verify",
                                                    "--end-of-options", revision + "^{commit}"},
                                                   root.string(), interrupt));
  const fs::path folder = root / "build" / "compare" / commit;
  fs::create_directories(folder, error);
  if (error) {
    return make_error(Errc::output, "E-OUTPUT-OPEN",
                      "'" + folder.string() + "' cannot be made: " + error.message());
  }
  const BuildLock lock(folder / "lock");
  const fs::path program = folder / "build" / "vernier";
  const fs::path complete = folder / "complete";  // the last step of a build
  if (fs::exists(complete, error) && fs::exists(program, error)) {
    return GitBaseline{program.string(), commit};
  }
  const fs::path log = folder / "log";
  const Tool tool(log.string(), interrupt);
  const fs::path source = folder / "source";
  if (!fs::exists(source / "CMakeLists.txt", error)) {
    VERNIER_TRY(tool.run({"git", "worktree", "prune"}, root.string()));
    VERNIER_ASSIGN(const int added, tool.run({"git", "worktree", "add", "--detach", "--force",
                                              source.string(), commit},
                                             root.string()));
    if (added != 0) return build_error("git worktree add", log);
  }
  VERNIER_ASSIGN(const int configured,
                 tool.run({"cmake", "--preset", "release", "-DVERNIER_TESTS=OFF", "-B",
                           (folder / "build").string()},
                          source.string()));
  if (configured != 0) return build_error("configuring " + commit, log);
  VERNIER_ASSIGN(const int built, tool.run({"cmake", "--build", (folder / "build").string(),
                                            "--target", "vernier_program"},
                                           source.string()));
  if (built != 0 || !fs::exists(program, error)) return build_error("building " + commit, log);
  std::ofstream(complete) << commit << "\n";
  return GitBaseline{program.string(), commit};
}

}  // namespace vernier
