#pragma once

#include <csignal>
#include <string>
#include <utility>
#include <vector>

/// Drives the built program as a user's shell would.
namespace cli_test {

struct Outcome {
  int code = -1;  ///< exit code; 128 + signal when a signal ended it
  bool signalled = false;
  bool timed_out = false;
  std::string out;
  std::string err;
};

struct Launch {
  std::vector<std::pair<std::string, std::string>> environment;
  std::string directory;      ///< working directory; empty: this process's
  long file_size_blocks = 0;  ///< > 0: `ulimit -f`, 512 bytes each
  std::string stdout_file;    ///< e.g. /dev/full; empty: captured
  int timeout_s = 60;
  /// Sent one after the other, the first one `signal_delay_ms` after the start or as soon as the
  /// program has a handler for it.
  std::vector<int> signals;
  int signal_delay_ms = 300;
};

/// Runs the program with these arguments.
Outcome program(const std::vector<std::string>& arguments, const Launch& launch = {});

/// The lines of stderr that start with "error:".
std::vector<std::string> error_lines(const Outcome& outcome);

/// "" when the program ended by itself with `code` and exactly one error line that holds every one
/// of `parts`; what is wrong otherwise.
std::string refusal(const Outcome& outcome, int code, const std::vector<std::string>& parts = {});

bool has(const std::string& text, const std::string& part);

/// Names in a directory, sorted, dot files included.
std::vector<std::string> names_in(const std::string& directory);

void write_file(const std::string& path, const std::string& bytes);
std::string read_file(const std::string& path);

/// The committed classifier: input `image` float[N,1,28,28], output `logits` [N,10].
std::string fashion_model();
/// A model that scripts/get-models makes, or "" after printing why the test is skipped.
std::string cached_file(const std::string& name);

}  // namespace cli_test
