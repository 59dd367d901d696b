#include "report/export/formats.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

struct Suite {
  std::string name;
  std::string cases;
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  double seconds = 0.0;
};

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + markup(value) + "\"";
}

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

void add(Suite& suite, const std::string& class_name, const std::string& name, double time,
         const std::string& outcome, const std::string& output) {
  ++suite.tests;
  suite.seconds += time;
  suite.cases += "    <testcase" + attribute("name", name) + attribute("classname", class_name) +
                 attribute("time", seconds(time)) + ">\n" + outcome;
  if (!output.empty()) suite.cases += "      <system-out>" + markup(output) + "</system-out>\n";
  suite.cases += "    </testcase>\n";
}

std::string outcome(const char* kind, std::string_view type, std::string_view message) {
  return std::string("      <") + kind + attribute("message", message) + attribute("type", type) +
         ">" + markup(message) + "</" + kind + ">\n";
}

std::string result_text(const EngineMeasurement& m) {
  std::string text = settings_text(m) + "; " + std::to_string(m.latency.n) + " runs";
  if (m.latency.p50.value) {
    text += "; p50 " + duration(static_cast<double>(*m.latency.p50.value)) + " (95 % interval " +
            duration(static_cast<double>(m.latency.p50.ci_low)) + " to " +
            duration(static_cast<double>(m.latency.p50.ci_high)) + ")";
  }
  for (const ValidityCheck& check : m.validity) {
    if (check.status == ValidityCheck::Status::ok) continue;
    text += "; " + std::string(validity_status_name(check.status)) + " " + check.id + ": " +
            check.observed;
  }
  return text;
}

Suite results(const Report& report) {
  Suite suite;
  suite.name = "results";
  const Measurement& m = report.measurement;
  const auto names = unique_names(m);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EngineMeasurement& e = m.engines[i];
    double time = 0.0;
    for (const BlockSamples& block : e.blocks) {
      for (const std::int64_t ns : block.ns) time += static_cast<double>(ns) * 1e-9;
    }
    std::string what;
    if (e.error) {
      what = outcome("error", e.error->id, error_text(*e.error));
      ++suite.errors;
    } else if (e.latency.n == 0) {
      what = "      <skipped" + attribute("message", "nothing was measured") + "/>\n";
      ++suite.skipped;
    }
    add(suite, "vernier." + report.kind, names[i], time, what, result_text(e));
  }
  return suite;
}

Suite comparisons(const Report& report) {
  Suite suite;
  suite.name = "comparisons";
  for (const Comparison& c : report.measurement.comparisons) {
    std::string text = headline(c);
    if (c.ratio) {
      text += "; ratio " + figure(*c.ratio) + " (95 % interval " + figure(c.ci_low) + " to " +
              figure(c.ci_high) + ")";
    }
    if (!c.reason.empty()) text += "; " + c.reason;
    std::string what;
    if (const std::string failure = gate_failure(report, c); !failure.empty()) {
      what = outcome("failure", verdict_name(c.verdict), failure);
      ++suite.failures;
    } else if (c.verdict == Verdict::inconclusive || c.verdict == Verdict::not_comparable) {
      what = "      <skipped" + attribute("message", headline(c)) + "/>\n";
      ++suite.skipped;
    }
    add(suite, "vernier." + report.kind + ".comparison",
        display_name(c.contender, c.case_label) + " against " + c.baseline, 0.0, what, text);
  }
  return suite;
}

std::string suite_xml(const Suite& suite, const Environment& environment) {
  std::string stamp = environment.created_utc;
  if (!stamp.empty() && stamp.back() == 'Z') stamp.pop_back();
  std::string out = "  <testsuite" + attribute("name", "vernier " + suite.name) +
                    attribute("tests", std::to_string(suite.tests)) +
                    attribute("failures", std::to_string(suite.failures)) +
                    attribute("errors", std::to_string(suite.errors)) +
                    attribute("skipped", std::to_string(suite.skipped)) +
                    attribute("time", seconds(suite.seconds));
  if (stamp.size() == 19) out += attribute("timestamp", stamp);
  return out + ">\n" + suite.cases + "  </testsuite>\n";
}

}  // namespace

Result<std::string> junit(const Report& report) {
  const Suite first = results(report);
  const Suite second = comparisons(report);
  const auto sum = [](int a, int b) { return std::to_string(a + b); };
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
  out += attribute("name", "vernier") + attribute("tests", sum(first.tests, second.tests)) +
         attribute("failures", sum(first.failures, second.failures)) +
         attribute("errors", sum(first.errors, second.errors)) +
         attribute("time", seconds(first.seconds + second.seconds)) + ">\n";
  out += suite_xml(first, report.measurement.environment);
  if (second.tests > 0) out += suite_xml(second, report.measurement.environment);
  return out + "</testsuites>\n";
}

}  // namespace vernier::exports
