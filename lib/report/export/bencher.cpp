#include <cmath>

#include <nlohmann/json.hpp>

#include "report/export/formats.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

constexpr std::size_t kMaxNameBytes = 1024;

/// Bencher takes names of at most 1024 characters; the number keeps cut names apart.
std::string bounded(const std::string& name, std::size_t number) {
  if (name.size() <= kMaxNameBytes) return name;
  const std::string end = "... (" + std::to_string(number + 1) + ")";
  std::size_t cut = kMaxNameBytes - end.size();
  while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0U) == 0x80U) --cut;
  return name.substr(0, cut) + end;
}

}  // namespace

Result<std::string> bencher(const Report& report) {
  using Json = nlohmann::ordered_json;
  const Measurement& m = report.measurement;
  const auto names = unique_names(m);
  const std::string model = report.models.size() == 1 ? file_name(report.models[0].file) + " " : "";
  Json json = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const EngineMeasurement& e = m.engines[i];
    Json measures = Json::object();
    if (const auto& p50 = e.latency.p50; p50.value) {
      measures["latency"] = {
          {"value", *p50.value}, {"lower_value", p50.ci_low}, {"upper_value", p50.ci_high}};
    }
    if (const auto per_s = inferences_per_s(e); per_s && std::isfinite(*per_s)) {
      measures["throughput"] = {{"value", *per_s}};
      if (e.throughput.per_s > 0.0 && std::isfinite(e.throughput.ci_low) &&
          std::isfinite(e.throughput.ci_high)) {
        measures["throughput"]["lower_value"] = e.throughput.ci_low;
        measures["throughput"]["upper_value"] = e.throughput.ci_high;
      }
    }
    if (e.memory.peak_rss_bytes > 0) {
      measures["peak-memory"] = {{"value", e.memory.peak_rss_bytes}};
    }
    if (!measures.empty()) json[bounded(visible(model + names[i]), i)] = std::move(measures);
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vernier::exports
