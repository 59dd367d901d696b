#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <vernier/result.h>

namespace CLI {
class App;
}

namespace vernier::cli {

class Console;

/// A subcommand. The object lives for one call of the program: `declare` binds options to members,
/// `execute` reads them.
class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual std::string_view summary() const = 0;
  /// Lines of the form "vernier run m.onnx --input cat.png", shown first in the help.
  [[nodiscard]] virtual std::string_view examples() const = 0;
  [[nodiscard]] virtual bool hidden() const { return false; }
  virtual void declare(CLI::App& app) = 0;
  /// The exit code, or what went wrong. Results go to the console's stdout, talk to its stderr.
  virtual Result<int> execute(Console& console) = 0;
};

/// Every subcommand, in the order of the help.
std::vector<std::unique_ptr<Command>> all_commands();

std::unique_ptr<Command> make_inspect_command();
std::unique_ptr<Command> make_convert_command();
std::unique_ptr<Command> make_quantize_command();
std::unique_ptr<Command> make_run_command();
std::unique_ptr<Command> make_bench_command();
std::unique_ptr<Command> make_compare_command();
std::unique_ptr<Command> make_doctor_command();
std::unique_ptr<Command> make_worker_command();

}  // namespace vernier::cli
