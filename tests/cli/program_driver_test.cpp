#include "cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>

#include "support/temp_dir.h"

namespace cli_test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string program_path() { return std::string(VERNIER_BINARY_DIR) + "/vernier"; }

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::vector<std::string> environment_of(const Launch& launch) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    variables[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  for (const char* name : {"VERNIER_ISA", "NO_COLOR"}) variables.erase(name);
  for (const auto& [name, value] : launch.environment) variables[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Whether the process has a handler for this signal already (SigCgt of proc(5)).
bool catches(pid_t pid, int signal) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("SigCgt:", 0) != 0) continue;
    return (std::stoull(line.substr(7), nullptr, 16) >> static_cast<unsigned>(signal - 1) & 1U) !=
           0;
  }
  return false;
}

/// Waits until the process ends, sending the launch's signals on the way. False on a timeout.
bool wait_for(pid_t pid, const Launch& launch, int& status) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  const auto deadline = Clock::now() + std::chrono::seconds(launch.timeout_s);
  std::size_t sent = 0;
  while (Clock::now() < deadline) {
    pollfd wait{descriptor, POLLIN, 0};
    const bool signals_left = sent < launch.signals.size();
    if (poll(&wait, 1, signals_left ? launch.signal_delay_ms : 1000) > 0) {
      waitpid(pid, &status, 0);
      close(descriptor);
      return true;
    }
    if (signals_left && (sent > 0 || catches(pid, launch.signals[sent]))) {
      kill(pid, launch.signals[sent++]);
    }
  }
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  close(descriptor);
  return false;
}

}  // namespace

Outcome program(const std::vector<std::string>& arguments, const Launch& launch) {
  const TempDir scratch;
  std::string command;
  if (!launch.directory.empty()) command += "cd " + quoted(launch.directory) + " && ";
  if (launch.file_size_blocks > 0) {
    command += "ulimit -f " + std::to_string(launch.file_size_blocks) + " && ";
  }
  command += "exec " + quoted(program_path());
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  std::vector<std::string> words = {"/bin/sh", "-c", command};
  std::vector<std::string> environment = environment_of(launch);
  const std::string out = launch.stdout_file.empty() ? scratch.file("out") : launch.stdout_file;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, scratch.file("err").c_str(), O_WRONLY | O_CREAT,
                                   0600);
  pid_t pid = 0;
  const int problem = posix_spawn(&pid, "/bin/sh", &actions, nullptr, pointers(words).data(),
                                  pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(problem == 0);
  int status = 0;
  Outcome outcome;
  outcome.timed_out = !wait_for(pid, launch, status);
  outcome.signalled = WIFSIGNALED(status);
  outcome.code = outcome.signalled ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (launch.stdout_file.empty()) outcome.out = read_file(out);
  outcome.err = read_file(scratch.file("err"));
  return outcome;
}

std::vector<std::string> error_lines(const Outcome& outcome) {
  std::vector<std::string> lines;
  std::istringstream text(outcome.err);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("error:")) lines.push_back(line);
  }
  return lines;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string refusal(const Outcome& outcome, int code, const std::vector<std::string>& parts) {
  const auto lines = error_lines(outcome);
  const std::string seen = "exit " + std::to_string(outcome.code) +
                           (outcome.signalled ? " (signal)" : "") + ", stderr: " + outcome.err;
  if (outcome.timed_out) return "timed out; " + seen;
  if (outcome.signalled || outcome.code != code)
    return "wanted " + std::to_string(code) + "; " + seen;
  if (lines.size() != 1) return std::to_string(lines.size()) + " error lines; " + seen;
  for (const std::string& part : parts) {
    if (lines[0].find(part) == std::string::npos) return "no '" + part + "' in " + lines[0];
  }
  return "";
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string fashion_model() {
  return std::string(VERNIER_SOURCE_DIR) + "/models/fashion_mnist/fashion_mnist.onnx";
}

std::string cached_file(const std::string& name) {
  const auto variable = [](const char* key) {
    const char* value = std::getenv(key);
    return std::string(value == nullptr ? "" : value);
  };
  std::string folder = variable("VERNIER_MODELS_DIR");
  if (folder.empty()) {
    const std::string cache = variable("XDG_CACHE_HOME");
    folder = (cache.empty() ? variable("HOME") + "/.cache" : cache) + "/vernier/models";
  }
  if (fs::exists(folder + "/" + name)) return folder + "/" + name;
  std::printf("SKIPPED: %s is not here (scripts/get-models)\n", name.c_str());
  return "";
}

}  // namespace cli_test

TEST_CASE("the driver sees exit codes, both streams and error lines", "[cli]") {
  const auto version = cli_test::program({"--version"});
  CHECK(version.code == 0);
  CHECK(version.out.starts_with("vernier "));
  CHECK(version.err.empty());
  const auto wrong = cli_test::program({"nonsense"});
  CHECK(cli_test::refusal(wrong, 2).empty());
  CHECK_FALSE(cli_test::refusal(wrong, 3).empty());
  CHECK_FALSE(cli_test::refusal(version, 0).empty());
}
