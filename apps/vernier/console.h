#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vernier/error.h>

namespace vernier::cli {

/// The only place that prints: results on stdout, talk and errors on stderr.
class Console {
 public:
  Console();
  void set_quiet(bool quiet) { quiet_ = quiet; }
  void set_json(bool json) { json_ = json; }
  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] bool quiet() const { return quiet_; }
  void set_command_line(std::vector<std::string> words) { command_line_ = std::move(words); }
  /// How the program was called, for reports.
  [[nodiscard]] const std::vector<std::string>& command_line() const { return command_line_; }

  /// Part of the result, as it is.
  void result(std::string_view text);
  /// A line for people on stderr; nothing when quiet.
  void talk(std::string_view line);
  /// A line on stderr that the next one replaces; only on a terminal and when not quiet.
  void progress(std::string_view line);
  /// The error line on stderr, when the result says the same already.
  void error_line(const Error& error);
  /// The error line on stderr, and with --json the same as an object on stdout.
  void error(const Error& error);
  /// `code`, or 8 when stdout did not take everything.
  int finish(int code);

  /// Terminal markup; the text alone when stdout is no terminal, or with NO_COLOR or TERM=dumb.
  [[nodiscard]] std::string bold(std::string_view text) const;

 private:
  void clear_progress();
  bool quiet_ = false;
  bool json_ = false;
  bool color_ = false;
  bool progress_allowed_ = false;
  bool progress_shown_ = false;
  bool stdout_failed_ = false;
  std::vector<std::string> command_line_;
};

}  // namespace vernier::cli
