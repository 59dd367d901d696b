#include "report/diff.h"

#include <algorithm>

#include "measure/block_compare.h"

namespace vernier {
namespace {

const EngineMeasurement* find_label(const Report& report, const std::string& label) {
  for (const EngineMeasurement& m : report.measurement.engines) {
    if (m.label == label) return &m;
  }
  return nullptr;
}

class Conditions {
 public:
  explicit Conditions(std::vector<ConditionDifference>& list) : list_(list) {}
  void text(const std::string& path, const std::string& a, const std::string& b, bool severe) {
    if (a != b) list_.push_back({path, a, b, severe});
  }
  void number(const std::string& path, std::int64_t a, std::int64_t b, bool severe) {
    text(path, std::to_string(a), std::to_string(b), severe);
  }

 private:
  std::vector<ConditionDifference>& list_;
};

void compare_machines(const Environment& a, const Environment& b, Conditions& conditions) {
  conditions.text("environment.cpu.model", a.cpu_model, b.cpu_model, true);
  conditions.number("environment.cpu.allowed_cores", a.allowed_cores, b.allowed_cores, true);
  conditions.text("environment.cpu.governor", a.governor, b.governor, false);
  conditions.text("environment.kernel", a.kernel, b.kernel, false);
  conditions.text("environment.transparent_huge_pages", a.transparent_huge_pages,
                  b.transparent_huge_pages, false);
  conditions.text("tool.build_type", a.build_type, b.build_type, true);
  conditions.text("tool.compiler", a.compiler, b.compiler, false);
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

void compare_settings(const EngineMeasurement& a, const EngineMeasurement& b,
                      Conditions& conditions) {
  const std::string path = "results[" + a.label + "]";
  conditions.text(path + ".engine.version", a.version, b.version, false);
  conditions.number(path + ".settings.threads", a.settings.threads, b.settings.threads, true);
  conditions.number(path + ".settings.batch", a.batch, b.batch, true);
  conditions.text(path + ".settings.precision", a.settings.precision, b.settings.precision, false);
  conditions.text(path + ".settings.backend", a.settings.backend, b.settings.backend, false);
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
  const auto& as = a.measurement.engines;
  const auto& bs = b.measurement.engines;
  const bool only_pair = as.size() == 1 && bs.size() == 1;
  for (const EngineMeasurement& baseline : as) {
    const EngineMeasurement* contender = only_pair ? &bs.front() : find_label(b, baseline.label);
    if (contender == nullptr) {
      diff.unmatched.push_back(baseline.label);
      continue;
    }
    compare_settings(baseline, *contender, conditions);
    const RatioEstimate ratio = unpaired_ratio(baseline.blocks, contender->blocks);
    diff.comparisons.push_back(judge(baseline.label, contender->label, ratio, {}, margin));
  }
  for (const EngineMeasurement& m : bs) {
    if (!only_pair && find_label(a, m.label) == nullptr) diff.unmatched.push_back(m.label);
  }
  return diff;
}

}  // namespace vernier
