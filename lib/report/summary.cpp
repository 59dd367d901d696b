#include "report/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace vernier {
namespace {

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", std::abs(share) * 100.0);
  return text;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

OverallValidity overall_validity(const Measurement& measurement) {
  using Status = ValidityCheck::Status;
  OverallValidity overall;
  for (const EngineMeasurement& m : measurement.engines) {
    if (m.error) overall.status = Status::invalid;
    for (const ValidityCheck& check : m.validity) {
      overall.status = std::max(overall.status, check.status);
      const auto same = [&](const OverallValidity::Check& c) { return c.id == check.id; };
      auto it = std::find_if(overall.checks.begin(), overall.checks.end(), same);
      if (it == overall.checks.end()) {
        it = overall.checks.insert(it, {check.id, check.status, {}});
      } else if (check.status > it->status) {
        it->status = check.status;
        it->results.clear();
      }
      if (check.status == it->status) it->results.push_back(display_name(m.label, m.case_label));
    }
  }
  return overall;
}

std::optional<double> inferences_per_s(const EngineMeasurement& m) {
  if (m.throughput.per_s > 0.0) return m.throughput.per_s;
  if (m.settings.streams > 1 || m.latency.n == 0 || !(m.latency.mean > 0.0)) return std::nullopt;
  return static_cast<double>(m.batch) * 1e9 / m.latency.mean;
}

std::string display_name(const std::string& label, const std::string& case_label) {
  return case_label.empty() ? label : label + " [" + case_label + "]";
}

std::vector<std::string> unique_names(const Measurement& measurement) {
  const auto& engines = measurement.engines;
  const bool one_model = std::all_of(engines.begin(), engines.end(), [&](const auto& m) {
    return m.model == engines.front().model;
  });
  std::vector<std::string> names;
  std::map<std::string, int> seen;
  for (const EngineMeasurement& m : engines) {
    std::string name = display_name(m.label, m.case_label);
    if (!one_model) name = file_name(m.model) + " " + name;
    const int count = ++seen[name];
    if (count > 1) name += " (" + std::to_string(count) + ")";
    names.push_back(std::move(name));
  }
  return names;
}

std::string gate_failure(const Report& report, const Comparison& c) {
  if (c.verdict == Verdict::disagrees) {
    return "the outputs differ" + (c.reason.empty() ? std::string() : ": " + c.reason);
  }
  const auto& gate = report.gate;
  if (gate && gate->max_rel_l2 && c.outputs.compared &&
      !(c.outputs.max_rel_l2 <= *gate->max_rel_l2)) {
    return "the relative L2 difference of the outputs is above what is allowed";
  }
  if (!c.ratio || c.verdict == Verdict::not_comparable) return {};
  const bool gated = gate && gate->max_regression;
  const bool slower = gated ? c.ci_high < 1.0 / (1.0 + *gate->max_regression)
                            : report.kind == "compare" && c.verdict == Verdict::slower;
  if (!slower) return {};
  return headline(c) + ", more than the " + percent(gated ? *gate->max_regression : c.margin) +
         " that are allowed";
}

std::string headline(const Comparison& c) {
  const std::string pair = " than " + c.baseline;
  switch (c.verdict) {
    case Verdict::faster:
      if (c.ratio)
        return c.contender + " takes " + percent(1.0 - 1.0 / *c.ratio) + " less time" + pair;
      break;
    case Verdict::slower:
      if (c.ratio)
        return c.contender + " takes " + percent(1.0 / *c.ratio - 1.0) + " more time" + pair;
      break;
    case Verdict::equivalent:
      return c.contender + " and " + c.baseline + " are equally fast to within " +
             percent(c.margin);
    case Verdict::disagrees:
      return "the outputs of " + c.contender + " differ from those of " + c.baseline +
             ": no speed is claimed";
    case Verdict::not_comparable:
      return c.contender + " and " + c.baseline + " cannot be compared";
    case Verdict::inconclusive:
      break;
  }
  return "it cannot be told whether " + c.contender + " or " + c.baseline + " is faster";
}

}  // namespace vernier
