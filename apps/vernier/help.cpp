#include "help.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "parse.h"

namespace vernier::cli {
namespace {

/// Summary, examples, usage, arguments, options.
class ExamplesFirst final : public CLI::Formatter {
 public:
  explicit ExamplesFirst(std::string examples) : examples_(std::move(examples)) {
    label("Positionals", "Arguments");
  }
  /// "  -i,--input FILE      text", the text wrapped beside its column.
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    constexpr std::size_t kColumn = 32;
    constexpr std::size_t kWidth = 100;
    std::string left = "  " + make_option_name(option, is_positional);
    // What the value is; the ranges that CLI11 appends to it are told when they are broken.
    const std::string type = option->get_type_name();
    const std::string value = type.substr(0, type.find(':'));
    if (!is_positional && !value.empty()) left += " " + value;
    std::string out = left.size() + 2 <= kColumn ? left : left + "\n";
    std::size_t at = left.size() + 2 <= kColumn ? left.size() : 0;
    std::istringstream words(option->get_description());
    for (std::string word; words >> word;) {
      if (at > kColumn && at + 1 + word.size() > kWidth) {
        out += "\n";
        at = 0;
      }
      const std::size_t blanks = at < kColumn ? kColumn - at : 1;
      out += std::string(blanks, ' ') + word;
      at += blanks + word.size();
    }
    return out + "\n";
  }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string usage = make_usage(app, std::move(name));
    return make_description(app) + "\nExamples:\n" + examples_ + "\n" + usage +
           make_positionals(app) + make_groups(app, mode);
  }

 private:
  std::string examples_;
};

std::string indented(std::string_view lines) {
  std::string out;
  std::size_t begin = 0;
  while (begin < lines.size()) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    out += "  " + std::string(lines.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// The usage error for words that the parser did not expect.
Error unexpected(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  const auto option = std::find_if(extras.begin(), extras.end(), [](const std::string& word) {
    return word.size() > 1 && word[0] == '-';
  });
  if (option == extras.end()) {
    return usage_error("argument '" + (extras.empty() ? "" : extras.front()) +
                       "' is one too many; see " + app.get_name() + " --help");
  }
  const std::string word = option->substr(0, option->find('='));
  Error error = usage_error("there is no option '" + word + "'");
  const std::string meant = closest(word, option_names(app));
  error.hint =
      meant.empty() ? "see " + app.get_name() + " --help" : "did you mean '" + meant + "'?";
  return error;
}

}  // namespace

std::string program_help(const std::vector<std::unique_ptr<Command>>& commands) {
  std::string text =
      "vernier runs ONNX models and measures engines with numbers that can be trusted.\n\n"
      "Examples:\n"
      "  vernier inspect model.onnx\n"
      "  vernier run model.onnx --input cat.jpg --preprocess imagenet --topk 5\n"
      "  vernier bench model.onnx --engine vernier --engine onnxruntime --report report.json\n\n"
      "Usage: vernier COMMAND [OPTIONS]\n\nCommands:\n";
  for (const auto& command : commands) {
    if (command->hidden()) continue;
    text += fmt::format("  {:<10}{}\n", command->name(), command->summary());
  }
  text +=
      "\nOptions:\n"
      "  -h, --help   this text; after a command: the command's own help\n"
      "  --version    the version\n\n"
      "Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 negative verdict, 2 "
      "usage,\n"
      "3 invalid model, 4 unsupported, 5 invalid data, 6 limit reached, 7 device, 8 output, 9 "
      "internal,\n"
      "10 some models or engines failed, 11 inconclusive or not comparable (with --strict), "
      "130/143 interrupted.\n";
  return text;
}

std::unique_ptr<CLI::App> make_parser(Command& command) {
  auto app = std::make_unique<CLI::App>(std::string(command.summary()),
                                        "vernier " + std::string(command.name()));
  // shared: the parser keeps its formatter that way
  app->formatter(std::make_shared<ExamplesFirst>(indented(command.examples())));
  app->set_help_flag("-h,--help", "this text");
  command.declare(*app);
  return app;
}

Result<bool> parse_arguments(CLI::App& app, const std::vector<std::string>& arguments) {
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
    return true;
  } catch (const CLI::CallForHelp&) {
    return false;
  } catch (const CLI::ExtrasError&) {
    return unexpected(app);
  } catch (const CLI::RequiredError& problem) {
    if (!app.remaining().empty()) return unexpected(app);
    return usage_error(std::string(problem.what()) + "; see " + app.get_name() + " --help");
  } catch (const CLI::Error& problem) {
    return usage_error(problem.what());
  }
}

Error unknown_command(const std::string& word,
                      const std::vector<std::unique_ptr<Command>>& commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (!command->hidden()) names.emplace_back(command->name());
  }
  Error error = word.starts_with('-') ? usage_error("there is no option '" + word + "'")
                                      : usage_error("there is no command '" + word + "'");
  if (word.starts_with('-')) names = {"--help", "--version"};
  const std::string meant = closest(word, names);
  error.hint = meant.empty() ? "see vernier --help" : "did you mean '" + meant + "'?";
  return error;
}

}  // namespace vernier::cli
