#include "export_flags.h"

#include <algorithm>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "console.h"
#include "parse.h"

namespace vernier::cli {
namespace {

constexpr std::string_view kAnnotations = "github-annotations";
constexpr std::string_view kStepSummary = "step-summary";

Result<ExportTarget> parse_target(const std::string& text) {
  const auto equals = text.find('=');
  ExportTarget target{text.substr(0, equals), "", false};
  if (equals != std::string::npos) {
    target.file = text.substr(equals + 1);
    if (target.file.empty()) return usage_error("--export " + text + ": the file is missing");
    return target;
  }
  if (target.format == kAnnotations) {
    target.file = "-";
    return target;
  }
  if (target.format != kStepSummary) {
    return usage_error("--export " + text + ": say where to, " + text + "=FILE, or " + text +
                       "=- for stdout");
  }
  const char* file = std::getenv("GITHUB_STEP_SUMMARY");  // NOLINT(concurrency-mt-unsafe)
  if (file == nullptr || *file == '\0') {
    return usage_error("--export step-summary: $GITHUB_STEP_SUMMARY is not set; give a file");
  }
  target.file = file;
  target.append = true;
  return target;
}

}  // namespace

std::string file_for_model(const std::string& file, const std::string& model) {
  const std::string name = model.substr(model.rfind('/') + 1);
  const std::string stem = name.substr(0, name.rfind('.'));
  const auto dot = file.rfind('.');
  const bool suffixed = dot != std::string::npos && dot > file.rfind('/') + 1;
  return suffixed ? file.substr(0, dot) + "." + stem + file.substr(dot) : file + "." + stem;
}

void ExportFlags::declare(CLI::App& app) {
  std::string formats;
  for (const ReportFormat& format : report_formats()) {
    formats += (formats.empty() ? "" : ", ") + format.name;
  }
  app.add_option("--export", texts_,
                 "write the report in another format, - is stdout; repeatable. Formats: " + formats)
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false);
}

Result<void> ExportFlags::open(const Console& console, const std::vector<std::string>& models) {
  std::vector<ExportTarget> targets;
  int on_stdout = 0;
  for (const std::string& text : texts_) {
    VERNIER_ASSIGN(ExportTarget target, parse_target(text));
    if (target.file == "-") {
      if (console.json()) return usage_error("--json and --export " + text + " both need stdout");
      // GitHub finds its commands among other lines; everything else needs stdout alone.
      if (target.format != kAnnotations) ++on_stdout;
    }
    targets.push_back(std::move(target));
  }
  if (on_stdout > 1) return usage_error("only one --export can go to stdout");
  owns_stdout_ = on_stdout > 0;
  for (const std::string& model : models) {
    std::vector<ExportTarget> own = targets;
    for (ExportTarget& target : own) {
      const bool shared = target.file == "-" || target.append;
      if (models.size() > 1 && !shared) target.file = file_for_model(target.file, model);
      if (shared) continue;
      if (std::find(files_.begin(), files_.end(), target.file) != files_.end()) {
        return usage_error("two exports would be written to '" + target.file + "'");
      }
      files_.push_back(target.file);
    }
    VERNIER_ASSIGN(ReportExports opened, ReportExports::open(own));
    opened_.push_back(std::move(opened));
  }
  return {};
}

Result<void> ExportFlags::write(Console& console, std::string_view report_json, std::size_t index) {
  VERNIER_ASSIGN(const std::string text, opened_.at(index).write(report_json));
  if (!text.empty()) console.result(text);
  const std::size_t each = files_.size() / opened_.size();
  for (std::size_t i = 0; i < each; ++i) console.talk("wrote " + files_[index * each + i]);
  return {};
}

}  // namespace vernier::cli
