#include "report/diff.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "measure/block_compare.h"

namespace vernier {
namespace {

const EngineMeasurement* find_result(const Report& report, const EngineMeasurement& like) {
  for (const EngineMeasurement& m : report.measurement.engines) {
    if (m.label == like.label && m.case_label == like.case_label) return &m;
  }
  return nullptr;
}

std::string title(const EngineMeasurement& m) {
  return m.case_label.empty() ? m.label : m.label + " " + m.case_label;
}

class Conditions {
 public:
  explicit Conditions(std::vector<ConditionDifference>& list) : list_(list) {}
  /// Those that follow concern this result; empty: all.
  void concern(std::string label) { label_ = std::move(label); }
  void text(const std::string& path, const std::string& a, const std::string& b, bool severe) {
    if (a != b) list_.push_back({path, a, b, severe, label_});
  }
  void number(const std::string& path, std::int64_t a, std::int64_t b, bool severe) {
    text(path, std::to_string(a), std::to_string(b), severe);
  }

 private:
  std::vector<ConditionDifference>& list_;
  std::string label_;
};

std::string cpus(const std::optional<double>& quota) {
  if (!quota) return "none";
  char text[32];
  std::snprintf(text, sizeof text, "%.3g CPUs", *quota);
  return text;
}

void compare_machines(const Environment& a, const Environment& b, Conditions& conditions) {
  conditions.text("environment.cpu.model", a.cpu_model, b.cpu_model, true);
  conditions.number("environment.cpu.logical_cores", a.logical_cores, b.logical_cores, true);
  conditions.number("environment.cpu.allowed_cores", a.allowed_cores, b.allowed_cores, true);
  conditions.text("environment.cpu.governor", a.governor, b.governor, true);
  conditions.text("environment.cgroup.cpus", cpus(a.cgroup_cpus), cpus(b.cgroup_cpus), true);
  conditions.text("environment.hypervisor", a.hypervisor, b.hypervisor, true);
  conditions.text("environment.kernel", a.kernel, b.kernel, false);
  conditions.text("environment.os", a.os, b.os, false);
  conditions.text("environment.transparent_huge_pages", a.transparent_huge_pages,
                  b.transparent_huge_pages, false);
  conditions.text("tool.build_type", a.build_type, b.build_type, true);
  conditions.text("tool.compiler", a.compiler, b.compiler, false);
  conditions.text("tool.version", a.tool_version, b.tool_version, false);
  conditions.text("tool.git_commit", a.git_commit, b.git_commit, false);
}

void compare_inputs(const Report& a, const Report& b, Conditions& conditions) {
  conditions.number("inputs.count", static_cast<std::int64_t>(a.inputs.size()),
                    static_cast<std::int64_t>(b.inputs.size()), true);
  const auto digest = [](const Report& report) {
    return report.models.empty() ? std::string() : report.models.front().sha256;
  };
  // Another model file is often the point (before and after a change): told, not refused.
  conditions.text("model.sha256", digest(a), digest(b), false);
  for (std::size_t i = 0; i < std::min(a.inputs.size(), b.inputs.size()); ++i) {
    const auto path = "inputs[" + a.inputs[i].name + "]";
    const auto shape = [](const ReportInput& input) {
      std::string text = input.dtype;
      for (const std::int64_t dim : input.shape) text += " " + std::to_string(dim);
      return text;
    };
    conditions.text(path + ".shape", shape(a.inputs[i]), shape(b.inputs[i]), true);
    conditions.text(path + ".sha256", a.inputs[i].sha256, b.inputs[i].sha256, false);
  }
}

void compare_protocols(const MeasureSettings& a, const MeasureSettings& b, Conditions& conditions) {
  const auto seconds = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g s", value);
    return std::string(text);
  };
  conditions.number("protocol.lead_in_runs", a.lead_in_runs, b.lead_in_runs, true);
  conditions.text("protocol.block_time", seconds(a.block_time_s), seconds(b.block_time_s), false);
  conditions.number("protocol.processes", a.processes, b.processes, false);
}

std::string options_text(const EngineSettings& settings) {
  std::string text;
  for (const auto& [key, value] : settings.options)
    text += (text.empty() ? "" : ",") + key + "=" + value;
  return text;
}

void compare_settings(const EngineMeasurement& a, const EngineMeasurement& b,
                      Conditions& conditions) {
  const std::string path = "results[" + title(a) + "]";
  conditions.text(path + ".engine.name", a.name, b.name, false);
  conditions.text(path + ".engine.version", a.version, b.version, false);
  conditions.number(path + ".settings.threads", a.settings.threads, b.settings.threads, true);
  conditions.number(path + ".settings.streams", a.settings.streams, b.settings.streams, true);
  conditions.number(path + ".settings.batch", a.batch, b.batch, true);
  conditions.text(path + ".settings.precision", a.settings.precision, b.settings.precision, false);
  conditions.text(path + ".settings.backend", a.settings.backend, b.settings.backend, false);
  conditions.text(path + ".settings.options", options_text(a.settings), options_text(b.settings),
                  false);
}

/// The severe differences that concern a result, as one reason; empty: comparable.
std::string obstacles(const std::vector<ConditionDifference>& conditions,
                      const std::string& label) {
  std::string text;
  for (const ConditionDifference& d : conditions) {
    if (!d.severe || (!d.label.empty() && d.label != label)) continue;
    text += (text.empty() ? "" : "; ") + d.path + ": '" + d.a + "' and '" + d.b + "'";
  }
  return text;
}

}  // namespace

bool ReportDiff::comparable() const noexcept {
  return std::none_of(conditions.begin(), conditions.end(),
                      [](const ConditionDifference& d) { return d.severe; });
}

ReportDiff compare_reports(const Report& a, const Report& b, double margin) {
  ReportDiff diff;
  Conditions conditions(diff.conditions);
  compare_machines(a.measurement.environment, b.measurement.environment, conditions);
  compare_inputs(a, b, conditions);
  compare_protocols(a.measurement.settings, b.measurement.settings, conditions);
  const auto& as = a.measurement.engines;
  const auto& bs = b.measurement.engines;
  const bool only_pair = as.size() == 1 && bs.size() == 1;
  for (const EngineMeasurement& baseline : as) {
    const EngineMeasurement* contender = only_pair ? &bs.front() : find_result(b, baseline);
    if (contender == nullptr) {
      diff.unmatched.push_back(title(baseline));
      continue;
    }
    conditions.concern(title(baseline));
    compare_settings(baseline, *contender, conditions);
    const std::string why = obstacles(diff.conditions, title(baseline));
    Comparison comparison;
    if (why.empty()) {
      const RatioEstimate ratio = unpaired_ratio(baseline.blocks, contender->blocks);
      comparison = judge(baseline.label, contender->label, ratio, {}, margin);
    } else {
      comparison.baseline = baseline.label;
      comparison.contender = contender->label;
      comparison.margin = margin;
      comparison.verdict = Verdict::not_comparable;
      comparison.reason = why;
    }
    comparison.case_label = contender->case_label;
    diff.comparisons.push_back(std::move(comparison));
  }
  adjust_p_values(diff.comparisons);
  for (const EngineMeasurement& m : bs) {
    if (!only_pair && find_result(a, m) == nullptr) diff.unmatched.push_back(title(m));
  }
  return diff;
}

std::string_view gate_state_name(GateState state) noexcept {
  switch (state) {
    case GateState::pass:
      return "pass";
    case GateState::fail:
      return "fail";
    case GateState::inconclusive:
      break;
  }
  return "inconclusive";
}

GateState check_regression(const Comparison& comparison, double max_regression) {
  if (!comparison.ratio || comparison.pairs < kLeastPairs) return GateState::inconclusive;
  const double limit = 1.0 / (1.0 + max_regression);
  if (comparison.ci_low >= limit) return GateState::pass;
  const bool certain = !comparison.p_adjusted || *comparison.p_adjusted <= 0.05;
  return comparison.ci_high < limit && certain ? GateState::fail : GateState::inconclusive;
}

}  // namespace vernier
