#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace vernier {

/// A condition that differs between two reports. Severe ones make numbers incomparable: those of
/// the result `label`, or all of them when it is empty.
struct ConditionDifference {
  std::string path;  ///< in the report: "environment.cpu.model", "results[x].settings.threads"
  std::string a;
  std::string b;
  bool severe = false;
  std::string label;
};

struct ReportDiff {
  /// A is the baseline, B the contender. Where conditions differ severely the verdict is
  /// not_comparable, `reason` says which, and there is no ratio.
  std::vector<Comparison> comparisons;
  std::vector<ConditionDifference> conditions;
  std::vector<std::string> unmatched;  ///< labels that only one report has
  [[nodiscard]] bool comparable() const noexcept;
};

/// Compares results of the same label and case (or the only results). A verdict of faster or slower
/// means that the whole interval lies beyond `margin`: with margin 0.05, more than 5 % slower.
///
/// Severe are the machine (processor, cores, quota, governor, hypervisor), the kind of build, how
/// much is computed (inputs' shapes, threads, batch, requests in flight) and what a timed run is
/// (lead-in). Told only are what a change is usually about: versions, model file, input bytes,
/// precision, backend, an engine's own options, kernel, compiler.
ReportDiff compare_reports(const Report& a, const Report& b, double margin);

/// What a limit on a regression makes of a comparison.
enum class GateState : std::uint8_t { pass, fail, inconclusive };
std::string_view gate_state_name(GateState state) noexcept;

/// fail: the whole interval says more than `max_regression` slower (0.05: latency above 1.05 times
/// the baseline's), and with several comparisons the adjusted p value is at most 0.05. pass: the
/// whole interval says not more. inconclusive: neither, also without a ratio.
GateState check_regression(const Comparison& comparison, double max_regression);

}  // namespace vernier
