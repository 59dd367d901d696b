#include "bench_text.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "console.h"
#include "text.h"

namespace vernier::cli {
namespace {

std::string percentile_text(const PercentileFigure& figure) {
  return figure.value ? human_ns(static_cast<double>(*figure.value)) : "-";
}

/// "4.61 ms ±0.3 %": half of the interval as a share, so that digits that mean nothing show.
std::string with_interval(const PercentileFigure& figure) {
  if (!figure.value || *figure.value <= 0) return "-";
  const double half = static_cast<double>(figure.ci_high - figure.ci_low) / 2.0;
  return fmt::format("{} ±{:.1f} %", human_ns(static_cast<double>(*figure.value)),
                     100.0 * half / static_cast<double>(*figure.value));
}

std::string switches_text(const BenchReport& report, const Console& console) {
  if (report.shape_switches.empty()) return {};
  Table table({"engine", "from", "to", ">prepare", ">first run", "seen before"});
  for (const BenchShapeSwitch& change : report.shape_switches) {
    table.add({change.label, change.from.empty() ? "(start)" : change.from, change.to,
               human_ns(static_cast<double>(change.bind_ns)),
               human_ns(static_cast<double>(change.first_ns)), change.seen_before ? "yes" : "no"});
  }
  return "\n" + console.bold("Changes of shape within one session") + "\n" + table.text();
}

std::string case_text(const BenchReport& report, const std::string& label) {
  Table table({"engine", ">p50", ">p90", ">p99", ">per second", ">runs", ">peak memory", ">load",
               ">first"});
  for (const BenchResult& result : report.results) {
    if (result.case_label != label) continue;
    if (result.n == 0) {
      table.add({result.label, "-", "-", "-", "-", "0"});
      continue;
    }
    table.add({result.label, with_interval(result.p50), percentile_text(result.p90),
               percentile_text(result.p99),
               human_number(std::round(result.throughput_per_s * 10.0) / 10.0),
               std::to_string(result.n), human_bytes(result.peak_rss_bytes),
               human_ns(static_cast<double>(result.load_ns + result.prepare_ns)),
               human_ns(static_cast<double>(result.first_inference_ns))});
  }
  std::string text = table.text();
  for (const BenchComparison& row : report.comparisons) {
    if (row.case_label == label) text += comparison_text(row);
  }
  return text;
}

}  // namespace

std::string results_text(const BenchReport& report, const Console& console) {
  std::vector<std::string> cases;
  for (const BenchResult& result : report.results) {
    if (std::find(cases.begin(), cases.end(), result.case_label) == cases.end()) {
      cases.push_back(result.case_label);
    }
  }
  std::string text;
  for (const std::string& label : cases) {
    if (cases.size() > 1) text += (text.empty() ? "" : "\n") + console.bold(label) + "\n";
    text += case_text(report, label);
  }
  return text + switches_text(report, console);
}

std::string comparison_text(const BenchComparison& row) {
  std::string text = row.contender + " against " + row.baseline + ": " + row.verdict;
  if (row.ratio) {
    text += fmt::format(", ratio {:.3f} (95 % interval {:.3f} to {:.3f})", *row.ratio, row.ci_low,
                        row.ci_high);
  }
  if (row.outputs_compared) {
    text += fmt::format("; outputs {} (relative L2 {:.2g})", row.outputs_agree ? "agree" : "DIFFER",
                        row.max_rel_l2);
  } else {
    text += "; outputs not compared";
  }
  if (!row.reason.empty()) text += ": " + row.reason;
  return escape_for_terminal(text) + "\n";
}

void say_validity(Console& console, const BenchReport& report) {
  std::vector<std::string> said;
  const auto say_once = [&](const std::string& line, const std::string& prefix) {
    if (std::find(said.begin(), said.end(), line) != said.end()) return;
    said.push_back(line);
    console.talk(prefix + line);
  };
  for (const BenchResult& result : report.results) {
    const std::string label =
        result.case_label.empty() ? result.label : result.label + ", " + result.case_label;
    for (const ValidityNote& note : result.validity) {
      if (note.status == "ok") continue;
      say_once(note.id + ": " + note.observed + (note.remedy.empty() ? "" : "; " + note.remedy),
               note.status + " (" + label + "): ");
    }
    for (const auto& [name, figure] :
         {std::pair("p50", &result.p50), {"p90", &result.p90}, {"p99", &result.p99}}) {
      if (!figure->value && result.n > 0 && !figure->reason.empty()) {
        console.talk(fmt::format("{} of {} is not shown: {}", name, label, figure->reason));
      }
    }
    if (result.outliers > 0) {
      console.talk(fmt::format("{}: {} of {} runs are outliers ({}), and are in its numbers", label,
                               result.outliers, result.n, result.outlier_causes));
    }
  }
  if (report.noise_resolution) {
    console.talk(
        fmt::format("noise: two processes of the first engine differ by up to {:.2f} %; "
                    "less than that is no difference",
                    100.0 * *report.noise_resolution));
  }
}

}  // namespace vernier::cli
