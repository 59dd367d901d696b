#include "report/history.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "report/diff.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> json_files(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() != ".json" || !entry->is_regular_file(ignored)) continue;
    if (files.size() >= kMaxHistoryFiles) {
      return limit_error(
          "'" + folder + "' holds more than " + std::to_string(kMaxHistoryFiles) + " reports",
          "E-LIMIT-FILES");
    }
    files.push_back(entry->path().string());
  }
  if (error) return invalid_data("'" + folder + "': " + error.message(), "E-FILE-OPEN");
  std::sort(files.begin(), files.end());
  return files;
}

/// Why `earlier` cannot be the baseline of `report`; empty when it can.
std::string obstacle(const Report& earlier, const Report& report) {
  const auto digest = [](const Report& r) {
    return r.models.empty() ? std::string() : r.models.front().sha256;
  };
  if (digest(earlier) != digest(report)) return "another model";
  if (earlier.measurement.status != MeasureStatus::complete) return "it was interrupted";
  const ReportDiff diff = compare_reports(earlier, report, 0.0);
  const bool same_label =
      std::any_of(diff.comparisons.begin(), diff.comparisons.end(),
                  [](const Comparison& c) { return c.baseline == c.contender; });
  if (!same_label) return "no result of the same label";
  for (const ConditionDifference& d : diff.conditions) {
    if (d.severe) return d.path + " differs: '" + d.a + "' and '" + d.b + "'";
  }
  return {};
}

}  // namespace

Result<HistoryChoice> newest_comparable(const std::string& folder, const Report& report,
                                        const std::string& except) {
  VERNIER_ASSIGN(const auto files, json_files(folder));
  HistoryChoice best;
  std::string best_time;
  std::error_code ignored;
  for (const std::string& file : files) {
    if (fs::equivalent(file, except, ignored)) continue;
    auto earlier = read_report(file);
    if (!earlier) {
      best.passed_over.push_back(file + ": " + earlier.error().message);
      continue;
    }
    const std::string why = obstacle(*earlier, report);
    if (!why.empty()) {
      best.passed_over.push_back(file + ": " + why);
      continue;
    }
    const std::string& time = earlier->measurement.environment.created_utc;
    if (!best.file.empty() && time < best_time) continue;
    best_time = time;
    best.file = file;
    best.report = std::move(*earlier);
  }
  if (!best.file.empty()) return best;
  std::string message = "'" + folder + "' holds no report that is comparable";
  for (std::size_t i = 0; i < std::min<std::size_t>(best.passed_over.size(), 3); ++i) {
    message += "; " + best.passed_over[i];
  }
  return invalid_data(std::move(message), "E-HISTORY-EMPTY");
}

}  // namespace vernier
