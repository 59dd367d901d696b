#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/export.h"
#include "vernier/result.h"

namespace vernier {

/// A format that reports can be written in.
struct ReportFormat {
  std::string name;    ///< "html", "junit", ...
  std::string suffix;  ///< usual end of a file's name: ".html"
  std::string summary;
};
VERNIER_API std::vector<ReportFormat> report_formats();

/// A report's JSON (BenchReport::json, a file of --report) in another format. Errors: usage
/// E-REPORT-EXPORT for a format that does not exist, invalid_data E-REPORT-FORMAT, unsupported
/// E-REPORT-VERSION.
VERNIER_API Result<std::string> export_report_json(std::string_view report_json,
                                                   std::string_view format);

/// Where one export goes.
struct ExportTarget {
  std::string format;
  std::string file;     ///< "-": not written but handed back, for stdout
  bool append = false;  ///< at the end of a file that may exist, not instead of it
};

/// Exports whose files are opened before anything is measured, so that a path that cannot be
/// written costs no measurement. Files appear whole or not at all, except those appended to.
class VERNIER_API ReportExports {
 public:
  /// Errors: usage E-REPORT-EXPORT, output E-OUTPUT-OPEN.
  static Result<ReportExports> open(const std::vector<ExportTarget>& targets);
  ReportExports(ReportExports&&) noexcept;
  ReportExports& operator=(ReportExports&&) noexcept;
  ~ReportExports();

  /// Writes every target; what goes to stdout is returned. To be called once. Errors: those of
  /// export_report_json, output E-OUTPUT-WRITE.
  Result<std::string> write(std::string_view report_json);

 private:
  ReportExports();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vernier
