#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

#include "report/export/formats.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

constexpr std::size_t kMaxOfKind = 10;

/// Workflow commands end at a line's end and take % as the mark of an escape.
std::string message(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    if (c == '%') {
      out += "%25";
    } else {
      out += c;
    }
  }
  return out;
}

std::string property(std::string_view text) {
  std::string out;
  for (const char c : message(text)) {
    if (c == ':') {
      out += "%3A";
    } else if (c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

struct Annotation {
  std::string title;
  std::string text;
};

std::string commands(const char* kind, const std::vector<Annotation>& list) {
  std::string out;
  const auto line = [&](const Annotation& a) {
    out += std::string("::") + kind + " title=" + property(a.title) + "::" + message(a.text) + "\n";
  };
  const std::size_t shown = list.size() > kMaxOfKind ? kMaxOfKind - 1 : list.size();
  for (std::size_t i = 0; i < shown; ++i) line(list[i]);
  if (shown < list.size()) {
    line({"vernier", std::to_string(list.size() - shown) + " more, see the report"});
  }
  return out;
}

}  // namespace

Result<std::string> github_annotations(const Report& report) {
  const Measurement& m = report.measurement;
  std::vector<Annotation> errors;
  std::vector<Annotation> warnings;
  std::vector<Annotation> notices;
  const auto names = unique_names(m);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EngineMeasurement& e = m.engines[i];
    if (e.error) errors.push_back({"vernier: " + names[i], error_text(*e.error)});
    for (const ValidityCheck& check : e.validity) {
      if (check.status == ValidityCheck::Status::ok) continue;
      std::string text =
          std::string(validity_status_name(check.status)) + " " + check.id + ": " + check.observed;
      if (!check.remedy.empty()) text += "; " + check.remedy;
      warnings.push_back({"vernier: " + names[i], text});
    }
    if (!e.error && e.latency.p50.value) {
      notices.push_back({"vernier: " + names[i],
                         "p50 " + duration(static_cast<double>(*e.latency.p50.value)) +
                             " (95 % interval " +
                             duration(static_cast<double>(e.latency.p50.ci_low)) + " to " +
                             duration(static_cast<double>(e.latency.p50.ci_high)) + ")"});
    }
  }
  for (const Comparison& c : m.comparisons) {
    std::string text = headline(c);
    if (c.ratio) {
      text += "; ratio " + figure(*c.ratio) + " (95 % interval " + figure(c.ci_low) + " to " +
              figure(c.ci_high) + ")";
    }
    const std::string title = "vernier: " + display_name(c.contender, c.case_label);
    if (const std::string failure = gate_failure(report, c); !failure.empty()) {
      errors.push_back({title, failure});
    } else if (c.verdict == Verdict::inconclusive || c.verdict == Verdict::not_comparable) {
      warnings.push_back({title, text + (c.reason.empty() ? "" : "; " + c.reason)});
    } else {
      notices.push_back({title, text});
    }
  }
  return commands("error", errors) + commands("warning", warnings) + commands("notice", notices);
}

Result<std::string> github_action_benchmark(const Report& report) {
  using Json = nlohmann::ordered_json;
  const Measurement& m = report.measurement;
  const auto names = unique_names(m);
  const std::string model = report.models.size() == 1 ? file_name(report.models[0].file) + " " : "";
  Json list = Json::array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EngineMeasurement& e = m.engines[i];
    const std::string extra = e.name + " " + e.version + ", " + settings_text(e) + ", " +
                              std::to_string(e.latency.n) + " runs";
    if (const auto& p50 = e.latency.p50; p50.value) {
      const std::int64_t half = std::max(p50.ci_high - *p50.value, *p50.value - p50.ci_low);
      list.push_back({{"name", model + names[i] + " p50"},
                      {"unit", "ns"},
                      {"value", *p50.value},
                      {"range", "\xC2\xB1 " + std::to_string(half)},
                      {"extra", extra}});
    }
    if (e.memory.peak_rss_bytes > 0) {
      list.push_back({{"name", model + names[i] + " peak memory"},
                      {"unit", "bytes"},
                      {"value", e.memory.peak_rss_bytes},
                      {"extra", extra}});
    }
  }
  return list.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vernier::exports
