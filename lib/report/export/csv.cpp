#include <charconv>
#include <cmath>
#include <vector>

#include "report/export/formats.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

/// Spreadsheets run what begins with these as a formula, also after leading white space.
bool looks_like_formula(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  return std::string_view("=+-@").find(text[first]) != std::string_view::npos ||
         text.front() == '\t' || text.front() == '\r' || text.front() == '\n' ||
         text.substr(first, 3) == "\xEF\xBC\x9D" || text.substr(first, 3) == "\xEF\xBC\x8B" ||
         text.substr(first, 3) == "\xEF\xBC\x8D" || text.substr(first, 3) == "\xEF\xBC\xA0";
}

class Row {
 public:
  void text(std::string_view value) {
    std::string cell = visible(value);
    if (looks_like_formula(cell) || looks_like_formula(value)) cell.insert(0, 1, '\'');
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return add(cell);
    std::string quoted = "\"";
    for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
    add(quoted + "\"");
  }
  void whole(std::int64_t value) { add(std::to_string(value)); }
  /// 0 is unknown: an empty cell.
  void known(std::uint64_t value) { add(value > 0 ? std::to_string(value) : ""); }
  void real(const std::optional<double>& value) {
    char text[32];
    if (!value || !std::isfinite(*value)) return add("");
    const auto end = std::to_chars(text, text + sizeof text, *value).ptr;
    add(std::string(text, end));
  }
  void percentile(const Percentile& p) {
    add(p.value ? std::to_string(*p.value) : "");
    add(p.value ? std::to_string(p.ci_low) : "");
    add(p.value ? std::to_string(p.ci_high) : "");
  }
  [[nodiscard]] std::string line() const { return line_ + "\r\n"; }

 private:
  void add(const std::string& cell) {
    if (!first_) line_ += ',';
    first_ = false;
    line_ += cell;
  }
  std::string line_;
  bool first_ = true;
};

constexpr const char* kHeader =
    "model,sha256,label,case,engine,version,precision,backend,threads,streams,batch,n,"
    "p50_ns,p50_ci_low_ns,p50_ci_high_ns,p90_ns,p90_ci_low_ns,p90_ci_high_ns,"
    "p95_ns,p95_ci_low_ns,p95_ci_high_ns,p99_ns,p99_ci_low_ns,p99_ci_high_ns,"
    "min_ns,max_ns,mean_ns,stddev_ns,throughput_per_s,throughput_ci_low,throughput_ci_high,"
    "load_ns,prepare_ns,first_inference_ns,rss_before_load_bytes,rss_after_load_bytes,"
    "peak_load_rss_bytes,peak_rss_bytes,planned_arena_bytes,weights_bytes,joules_per_inference,"
    "steady_state,converged,validity,baseline,ratio,ratio_ci_low,ratio_ci_high,verdict,error\r\n";

const ReportModel* model_of(const Report& report, const EngineMeasurement& m) {
  for (const ReportModel& model : report.models) {
    if (model.file == m.model) return &model;
  }
  return report.models.size() == 1 ? report.models.data() : nullptr;
}

const Comparison* comparison_of(const Report& report, const EngineMeasurement& m) {
  for (const Comparison& c : report.measurement.comparisons) {
    if (c.contender == m.label && c.case_label == m.case_label) return &c;
  }
  return nullptr;
}

void figures(const EngineMeasurement& m, Row& row) {
  const bool any = m.latency.n > 0;
  const auto of_any = [&](double value) { return any ? std::optional(value) : std::nullopt; };
  row.whole(m.latency.n);
  for (const Percentile* p : {&m.latency.p50, &m.latency.p90, &m.latency.p95, &m.latency.p99}) {
    row.percentile(*p);
  }
  row.real(of_any(static_cast<double>(m.latency.min)));
  row.real(of_any(static_cast<double>(m.latency.max)));
  row.real(of_any(m.latency.mean));
  row.real(of_any(m.latency.stddev));
  row.real(inferences_per_s(m));
  const bool interval = m.throughput.per_s > 0.0;
  row.real(interval ? std::optional(m.throughput.ci_low) : std::nullopt);
  row.real(interval ? std::optional(m.throughput.ci_high) : std::nullopt);
  row.whole(m.load_ns);
  row.whole(m.prepare_ns);
  row.whole(m.first_inference_ns);
  row.known(m.memory.rss_before_load_bytes);
  row.known(m.memory.rss_after_load_bytes);
  row.known(m.memory.peak_load_bytes);
  row.known(m.memory.peak_rss_bytes);
  row.known(m.facts.planned_arena_bytes);
  row.known(m.facts.weights_bytes);
  row.real(m.energy.joules_per_inference);
}

}  // namespace

Result<std::string> csv(const Report& report) {
  std::string out = kHeader;
  for (const EngineMeasurement& m : report.measurement.engines) {
    Row row;
    const ReportModel* model = model_of(report, m);
    row.text(m.model);
    row.text(model != nullptr ? model->sha256 : "");
    row.text(m.label);
    row.text(m.case_label);
    row.text(m.name);
    row.text(m.version);
    row.text(m.settings.precision);
    row.text(m.settings.backend);
    row.whole(m.settings.threads);
    row.whole(m.settings.streams);
    row.whole(m.batch);
    figures(m, row);
    row.text(steady_class_name(m.steady.steady));
    row.text(m.converged ? "true" : "false");
    ValidityCheck::Status worst = ValidityCheck::Status::ok;
    for (const ValidityCheck& check : m.validity) worst = std::max(worst, check.status);
    row.text(validity_status_name(worst));
    const Comparison* c = comparison_of(report, m);
    row.text(c != nullptr ? c->baseline : "");
    row.real(c != nullptr ? c->ratio : std::nullopt);
    const bool ratio = c != nullptr && c->ratio;
    row.real(ratio ? std::optional(c->ci_low) : std::nullopt);
    row.real(ratio ? std::optional(c->ci_high) : std::nullopt);
    row.text(c != nullptr ? verdict_name(c->verdict) : "");
    row.text(m.error ? error_text(*m.error) : "");
    out += row.line();
  }
  return out;
}

}  // namespace vernier::exports
