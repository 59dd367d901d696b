#pragma once

#include <string>
#include <vector>

#include "report/report.h"

namespace vernier {

/// A condition that differs between two reports. Severe ones make their numbers incomparable.
struct ConditionDifference {
  std::string path;
  std::string a;
  std::string b;
  bool severe = false;
};

struct ReportDiff {
  std::vector<Comparison> comparisons;  ///< A is the baseline, B the contender
  std::vector<ConditionDifference> conditions;
  std::vector<std::string> unmatched;  ///< labels that only one report has
  [[nodiscard]] bool comparable() const noexcept;
};

/// Compares results of the same label (or the only results). A verdict of slower means that the
/// whole interval lies beyond `margin`: with margin 0.05, more than 5 % slower.
ReportDiff compare_reports(const Report& a, const Report& b, double margin);

}  // namespace vernier
