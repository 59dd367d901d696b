#include "console.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <vernier/vernier.h>

namespace vernier::cli {
namespace {

bool set_in_environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value != nullptr && *value != '\0';
}

bool dumb_terminal() {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): before any thread
  return term != nullptr && std::string_view(term) == "dumb";
}

void write_to(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

}  // namespace

Console::Console()
    : color_(isatty(STDOUT_FILENO) != 0 && !set_in_environment("NO_COLOR") && !dumb_terminal()),
      progress_allowed_(isatty(STDERR_FILENO) != 0 && !dumb_terminal()) {}

void Console::result(std::string_view text) {
  clear_progress();
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) stdout_failed_ = true;
}

void Console::talk(std::string_view line) {
  if (quiet_) return;
  clear_progress();
  write_to(stderr, escape_for_terminal(line) + "\n");
}

void Console::progress(std::string_view line) {
  if (quiet_ || !progress_allowed_) return;
  write_to(stderr, "\r\x1b[K" + escape_for_terminal(line));
  std::fflush(stderr);
  progress_shown_ = true;
}

void Console::clear_progress() {
  if (!progress_shown_) return;
  write_to(stderr, "\r\x1b[K");
  progress_shown_ = false;
}

void Console::error_line(const Error& error) {
  clear_progress();
  write_to(stderr, format_error(error) + "\n");
}

void Console::error(const Error& error) {
  error_line(error);
  if (json_) result(error_to_json(error));
}

int Console::finish(int code) {
  clear_progress();
  errno = 0;
  if (std::fflush(stdout) != 0) stdout_failed_ = true;
  if (!stdout_failed_) return code;
  Error error = make_error(Errc::output, "E-OUTPUT-STDOUT", "stdout could not be written");
  if (errno != 0) {
    error.message += ": ";
    error.message += std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): one thread by now
  }
  write_to(stderr, format_error(error) + "\n");
  return static_cast<int>(Errc::output);
}

std::string Console::bold(std::string_view text) const {
  return color_ ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
}

}  // namespace vernier::cli
