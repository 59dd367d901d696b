#include "api/compare_gates.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "measure/block_compare.h"
#include "report/diff.h"

namespace vernier {
namespace {

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[200];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

GateResult regression_of(const BenchComparison& row, double limit) {
  GateResult result;
  result.gate = "max-regression";
  result.contender = row.contender;
  Comparison comparison;
  comparison.ratio = row.ratio;
  comparison.ci_low = row.ci_low;
  comparison.ci_high = row.ci_high;
  comparison.pairs = row.verdict == "not_comparable" ? 0 : row.pairs;
  comparison.p_adjusted = row.p_adjusted;
  result.state = gate_state_name(check_regression(comparison, limit));
  if (!row.ratio) {
    result.detail = row.reason.empty() ? "there is no ratio" : row.reason;
    return result;
  }
  // Latency of the contender over the baseline's, less one: what a regression is stated in.
  result.detail = text("latency %+.2f %% (95 %% interval %+.2f to %+.2f %%), at most %+.2f %%",
                       (1.0 / *row.ratio - 1.0) * 100.0, (1.0 / row.ci_high - 1.0) * 100.0,
                       (1.0 / row.ci_low - 1.0) * 100.0, limit * 100.0);
  return result;
}

}  // namespace

void gate(const CompareOptions& options, CompareReport& report) {
  if (options.max_regression) {
    for (const BenchComparison& row : report.comparisons) {
      report.gates.push_back(regression_of(row, *options.max_regression));
    }
    if (report.comparisons.empty()) {
      report.gates.push_back({"max-regression", "", "inconclusive", "nothing was compared"});
    }
  }
  if (!options.max_rel_l2 && report.kind == "engines") {
    for (const OutputComparison& row : report.outputs) {
      report.gates.push_back(
          {"agreement", row.contender, row.agree ? "pass" : "fail",
           "output '" + row.output +
               "': " + text("relative L2 %.3g, at most %.3g", row.rel_l2, row.tolerance)});
    }
  }
  if (options.max_rel_l2) {
    std::map<std::string, double> worst;
    for (const OutputComparison& row : report.outputs) {
      double& value = worst[row.contender];
      value = std::max(value, row.rel_l2);
    }
    if (report.outputs.empty()) {
      for (const BenchComparison& row : report.comparisons) {
        if (row.outputs_compared) worst[row.contender] = row.max_rel_l2;
      }
    }
    for (const auto& [contender, value] : worst) {
      report.gates.push_back({"max-rel-l2", contender,
                              value <= *options.max_rel_l2 ? "pass" : "fail",
                              text("relative L2 %.3g, at most %.3g", value, *options.max_rel_l2)});
    }
    if (worst.empty()) {
      report.gates.push_back({"max-rel-l2", "", "inconclusive", "no outputs were compared"});
    }
  }
}

int CompareReport::exit_code(bool strict) const {
  bool open = !comparable;
  for (const GateResult& result : gates) {
    if (result.state == "fail") return 1;
    open = open || result.state == "inconclusive";
  }
  for (const BenchComparison& row : comparisons) {
    open =
        open || row.verdict == "not_comparable" || (gates.empty() && row.verdict == "inconclusive");
  }
  return strict && open ? 11 : 0;
}

}  // namespace vernier
