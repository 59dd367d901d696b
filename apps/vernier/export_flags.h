#pragma once

#include <string>
#include <vector>

#include <vernier/report.h>

namespace CLI {
class App;
}

namespace vernier::cli {

class Console;

/// --export FORMAT=FILE, repeatable. Order of use: declare, open before measuring, write after.
class ExportFlags {
 public:
  void declare(CLI::App& app);
  [[nodiscard]] bool asked() const noexcept { return !texts_.empty(); }
  /// Opens the files of all exports; with several models FILE becomes FILE.<model>, as for
  /// --report. Errors: usage, output.
  Result<void> open(const Console& console, const std::vector<std::string>& models = {""});
  /// stdout belongs to an export, so tables are not to be printed.
  [[nodiscard]] bool owns_stdout() const noexcept { return owns_stdout_; }
  /// Writes the exports of the `index`-th model.
  Result<void> write(Console& console, std::string_view report_json, std::size_t index = 0);

 private:
  std::vector<std::string> texts_;
  std::vector<ReportExports> opened_;
  std::vector<std::string> files_;
  bool owns_stdout_ = false;
};

/// "report.json" -> "report.resnet18.json" for the model resnet18.onnx.
std::string file_for_model(const std::string& file, const std::string& model);

}  // namespace vernier::cli
