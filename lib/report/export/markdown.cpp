#include <algorithm>

#include "report/export/formats.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

constexpr std::size_t kMaxRows = 300;
constexpr std::size_t kMaxCell = 300;

/// A code span, in which nothing has a meaning (no markup, no mention, no HTML), safe in a table.
std::string code(std::string_view text) {
  std::string shown = visible(text);
  if (shown.size() > kMaxCell) {
    std::size_t end = kMaxCell;
    while ((static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) --end;
    shown = shown.substr(0, end) + "...";
  }
  std::size_t longest = 0;
  std::size_t run = 0;
  std::string body;
  for (const char c : shown) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (c == '|') body += '\\';
    body += c;
  }
  if (body.empty()) return "-";
  const std::string fence(longest + 1, '`');
  const bool pad = body.front() == '`' || body.back() == '`' || longest > 0;
  return fence + (pad ? " " : "") + body + (pad ? " " : "") + fence;
}

std::string row(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::string percentile(const Percentile& p, const TimeUnit& unit) {
  return p.value ? in_unit(static_cast<double>(*p.value), unit) : "-";
}

std::string results_table(const Report& report) {
  const Measurement& m = report.measurement;
  const TimeUnit unit = time_unit(smallest_latency(m));
  const std::string in = std::string(" ") + unit.name;
  std::string out = row({"result", "p50" + in, "95 % interval", "p90" + in, "p99" + in,
                         "per second", "runs", "peak memory", "settings", "status"});
  out += "|---|---:|---:|---:|---:|---:|---:|---:|---|---|\n";
  const auto names = unique_names(m);
  for (std::size_t i = 0; i < std::min(names.size(), kMaxRows); ++i) {
    const EngineMeasurement& e = m.engines[i];
    ValidityCheck::Status worst = ValidityCheck::Status::ok;
    for (const ValidityCheck& check : e.validity) worst = std::max(worst, check.status);
    std::string interval = "-";
    if (e.latency.p50.value) {
      interval = in_unit(static_cast<double>(e.latency.p50.ci_low), unit) + " to " +
                 in_unit(static_cast<double>(e.latency.p50.ci_high), unit);
    }
    const auto per_s = inferences_per_s(e);
    out += row({code(names[i]), percentile(e.latency.p50, unit), interval,
                percentile(e.latency.p90, unit), percentile(e.latency.p99, unit),
                per_s ? figure(*per_s) : "-", std::to_string(e.latency.n),
                bytes(e.memory.peak_rss_bytes), code(settings_text(e)),
                e.error ? "error: " + code(error_text(*e.error))
                        : std::string(validity_status_name(worst))});
  }
  if (names.size() > kMaxRows) {
    out += "\n" + std::to_string(names.size() - kMaxRows) + " more results are not shown.\n";
  }
  return out;
}

std::string comparisons_table(const Report& report) {
  const auto& comparisons = report.measurement.comparisons;
  std::string out = row(
      {"contender", "baseline", "case", "verdict", "ratio", "95 % interval", "outputs", "note"});
  out += "|---|---|---|---|---:|---:|---|---|\n";
  for (std::size_t i = 0; i < std::min(comparisons.size(), kMaxRows); ++i) {
    const Comparison& c = comparisons[i];
    std::string outputs = "not compared";
    if (c.outputs.compared) {
      outputs = (c.outputs.agree ? "agree" : "**differ**") + std::string(" (relative L2 ") +
                scientific(c.outputs.max_rel_l2) + ")";
    }
    const std::string note = !c.reason.empty() ? code(c.reason)
                             : c.pairs_needed
                                 ? std::to_string(*c.pairs_needed) +
                                       (c.unit == PairUnit::process ? " processes" : " pairs") +
                                       " would decide"
                                 : std::string();
    out +=
        row({code(c.contender), code(c.baseline), code(c.case_label),
             "**" + std::string(verdict_name(c.verdict)) + "**", c.ratio ? figure(*c.ratio) : "-",
             c.ratio ? figure(c.ci_low) + " to " + figure(c.ci_high) : "-", outputs, note});
  }
  if (comparisons.size() > kMaxRows) {
    out +=
        "\n" + std::to_string(comparisons.size() - kMaxRows) + " more comparisons are not shown.\n";
  }
  return out;
}

}  // namespace

Result<std::string> markdown(const Report& report) {
  const Measurement& m = report.measurement;
  std::string out = "## vernier " + visible(report.kind);
  if (!report.models.empty()) out += ": " + code(file_name(report.models.front().file));
  out += "\n\n";
  if (m.status == MeasureStatus::interrupted) {
    out += "**Interrupted:** these are the results until then.\n\n";
  }
  out += results_table(report);
  if (!m.comparisons.empty()) {
    out += "\nRatio: baseline latency over contender latency; above 1 the contender is faster.\n\n";
    out += comparisons_table(report);
  }
  std::string trouble;
  for (const OverallValidity::Check& check : overall_validity(m).checks) {
    if (check.status == ValidityCheck::Status::ok) continue;
    trouble += "- " + std::string(validity_status_name(check.status)) + ": " + code(check.id) +
               " (" + std::to_string(check.results.size()) + " of " +
               std::to_string(m.engines.size()) + " results)\n";
  }
  if (!trouble.empty()) out += "\nWhat bears on these numbers:\n\n" + trouble;
  out += "\n" + code(m.environment.cpu_model) + ", " + code(m.environment.os) + ", vernier " +
         code(m.environment.tool_version) + ", " + visible(m.environment.created_utc) + "\n";
  return out;
}

}  // namespace vernier::exports
