#include <algorithm>
#include <filesystem>
#include <utility>

#include "api/bench_engines.h"
#include "api/compare_gates.h"
#include "measure/block_compare.h"
#include "report/diff.h"
#include "report/history.h"
#include "vernier/compare.h"

namespace vernier {
namespace {

constexpr double kLeastMargin = 0.01;

/// Differences that count as none: 1 %, or what the noisier of the two reports could resolve.
double margin_of(const CompareOptions& options, const Report& a, const Report& b) {
  if (options.margin) return *options.margin;
  double margin = kLeastMargin;
  for (const Report* report : {&a, &b}) {
    margin = std::max(margin, report->measurement.noise.resolution.value_or(0.0));
  }
  return margin;
}

/// The baseline, out of a folder or a file; says what was taken.
Result<Report> read_baseline(const std::string& path, const Report& contender,
                             const std::string& contender_file, CompareReport& result) {
  std::error_code ignored;
  result.a = path;
  if (!std::filesystem::is_directory(path, ignored)) return read_report(path);
  VERNIER_ASSIGN(HistoryChoice choice, newest_comparable(path, contender, contender_file));
  result.a = choice.file;
  result.notes.push_back("the baseline is '" + choice.file + "' of " +
                         choice.report.measurement.environment.created_utc);
  for (const std::string& line : choice.passed_over) {
    result.notes.push_back("not the baseline: " + line);
  }
  return std::move(choice.report);
}

}  // namespace

Result<CompareReport> compare_report_files(const std::string& baseline,
                                           const std::string& contender,
                                           const CompareOptions& options) {
  CompareReport result;
  result.kind = "reports";
  result.b = contender;
  VERNIER_ASSIGN(Report b, read_report(contender));
  VERNIER_ASSIGN(const Report a, read_baseline(baseline, b, contender, result));
  ReportDiff diff = compare_reports(a, b, margin_of(options, a, b));
  for (ConditionDifference& d : diff.conditions) {
    result.conditions.push_back(
        {std::move(d.path), std::move(d.a), std::move(d.b), d.severe, std::move(d.label)});
  }
  result.unmatched = diff.unmatched;
  result.comparable = diff.comparable() && !diff.comparisons.empty();
  if (diff.comparisons.empty()) {
    result.notes.emplace_back("the reports have no result of the same label");
  }
  for (const Comparison& comparison : diff.comparisons) {
    result.comparisons.push_back(describe_comparison(comparison));
  }
  b.kind = "compare";
  b.measurement.comparisons = std::move(diff.comparisons);
  result.report_json = to_json(b);
  gate(options, result);
  return result;
}

Result<CompareReport> show_report(const std::string& file, const CompareOptions& options) {
  CompareReport result;
  result.kind = "reports";
  result.a = file;
  VERNIER_ASSIGN(const Report report, read_report(file));
  for (const Comparison& comparison : report.measurement.comparisons) {
    result.comparisons.push_back(describe_comparison(comparison));
  }
  if (result.comparisons.empty()) result.notes.emplace_back("the report compares nothing");
  if (report.measurement.status == MeasureStatus::interrupted) {
    result.notes.emplace_back("the measurement was interrupted");
  }
  result.report_json = to_json(report);
  gate(options, result);
  return result;
}

}  // namespace vernier
