#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <vernier/vernier.h>

#include "command.h"
#include "console.h"
#include "help.h"
#include "signals.h"

namespace {

using vernier::cli::Console;

/// Everything between the arguments and the exit code.
vernier::Result<int> dispatch(const std::vector<std::string>& words, Console& console) {
  const auto commands = vernier::cli::all_commands();
  const std::string first = words.empty() ? "--help" : words.front();
  if (first == "--version" || first == "-V") {
    console.result("vernier " + std::string(vernier::version()) + "\n");
    return 0;
  }
  const bool help = first == "--help" || first == "-h" || first == "help";
  if (help && words.size() < 2) {
    console.result(vernier::cli::program_help(commands));
    return words.empty() ? static_cast<int>(vernier::Errc::usage) : 0;
  }
  const std::string& wanted = help ? words[1] : first;
  const auto at = std::find_if(commands.begin(), commands.end(),
                               [&](const auto& command) { return command->name() == wanted; });
  if (at == commands.end()) return vernier::cli::unknown_command(wanted, commands);
  vernier::cli::Command& command = **at;
  const auto app = vernier::cli::make_parser(command);
  std::vector<std::string> arguments(words.begin() + 1, words.end());
  if (help) arguments = {"--help"};
  VERNIER_ASSIGN(const bool parsed, vernier::cli::parse_arguments(*app, arguments));
  if (!parsed) {
    console.result(app->help());
    return 0;
  }
  return command.execute(console);
}

}  // namespace

int main(int argc, char** argv) {
  vernier::cli::install_signal_handlers();
  Console console;
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  console.set_command_line({argv, argv + argc});
  // Before parsing, so that a wrong option is reported in the form that was asked for.
  console.set_json(std::find(words.begin(), words.end(), "--json") != words.end());
  int code = static_cast<int>(vernier::Errc::internal);
  try {
    auto result = dispatch(words, console);
    if (result) {
      code = *result;
    } else {
      const vernier::Error& error = result.error();
      console.error(error);
      code = error.code == vernier::Errc::interrupted ? vernier::cli::interrupt_exit_code()
                                                      : static_cast<int>(error.code);
    }
  } catch (const std::exception& problem) {
    console.error(vernier::internal_error(problem.what(), "E-INTERNAL-EXCEPTION"));
  }
  // Not exit(): work that was given up may still run on another thread.
  std::_Exit(console.finish(code));
}
