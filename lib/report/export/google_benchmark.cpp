#include <nlohmann/json.hpp>

#include <cmath>
#include <vector>

#include "measure/statistics.h"
#include "report/export/formats.h"
#include "report/export/text.h"
#include "report/summary.h"

namespace vernier::exports {
namespace {

using Json = nlohmann::ordered_json;

struct Family {
  std::string name;
  std::size_t index = 0;
  const EngineMeasurement* result = nullptr;
  std::size_t repetitions = 0;
};

Json entry(const Family& family, const std::string& suffix, const char* run_type, double ns) {
  Json json = {{"name", family.name + suffix},   {"family_index", family.index},
               {"per_family_instance_index", 0}, {"run_name", family.name},
               {"run_type", run_type},           {"repetitions", family.repetitions}};
  json["threads"] = 1;
  json["real_time"] = ns;
  json["cpu_time"] = ns;
  json["time_unit"] = "ns";
  return json;
}

void add_family(const Family& family, Json& list) {
  std::vector<double> means;
  for (const BlockSamples& block : family.result->blocks) {
    if (block.ns.empty()) continue;
    double sum = 0.0;
    for (const std::int64_t ns : block.ns) sum += static_cast<double>(ns);
    const double mean = sum / static_cast<double>(block.ns.size());
    Json json = entry(family, "", "iteration", mean);
    json["repetition_index"] = means.size();
    json["iterations"] = block.ns.size();
    if (mean > 0.0 && block.wall_ns > 0) {
      json["items_per_second"] = static_cast<double>(family.result->batch) *
                                 static_cast<double>(block.ns.size()) * 1e9 /
                                 static_cast<double>(block.wall_ns);
    }
    list.push_back(std::move(json));
    means.push_back(mean);
  }
  if (means.size() < 2) return;
  const double n = static_cast<double>(means.size());
  double mean = 0.0;
  for (const double value : means) mean += value / n;
  double squares = 0.0;
  for (const double value : means) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / (n - 1.0));
  const auto aggregate = [&](const char* name, const char* unit, double value) {
    Json json = entry(family, std::string("_") + name, "aggregate", value);
    json["aggregate_name"] = name;
    json["aggregate_unit"] = unit;
    json["iterations"] = means.size();
    list.push_back(std::move(json));
  };
  aggregate("mean", "time", mean);
  aggregate("median", "time", median(means));
  aggregate("stddev", "time", deviation);
  if (mean > 0.0) aggregate("cv", "percentage", deviation / mean);
}

}  // namespace

Result<std::string> google_benchmark(const Report& report) {
  const Measurement& m = report.measurement;
  const Environment& e = m.environment;
  Json json = Json::object();
  json["context"] = {{"date", e.created_utc},
                     {"host_name", ""},
                     {"executable", report.command.empty() ? "vernier" : report.command.front()},
                     {"num_cpus", e.logical_cores},
                     {"mhz_per_cpu", 0},
                     {"cpu_scaling_enabled", !e.governor.empty() && e.governor != "performance"},
                     {"caches", Json::array()},
                     {"load_avg", Json::array()},
                     {"library_version", "vernier " + e.tool_version},
                     {"library_build_type", e.build_type == "Debug" ? "debug" : "release"},
                     {"json_schema_version", 1},
                     {"cpu_model", e.cpu_model},
                     {"cpu_time", "repeats real_time: CPU time is not known by block"}};
  if (std::isfinite(e.load_1min)) json["context"]["load_avg"].push_back(e.load_1min);
  json["benchmarks"] = Json::array();
  const auto names = unique_names(m);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::size_t repetitions = 0;
    for (const BlockSamples& block : m.engines[i].blocks) repetitions += block.ns.empty() ? 0U : 1U;
    if (m.engines[i].error && repetitions == 0) {
      const Family family{names[i], i, &m.engines[i], 1};
      Json failed = entry(family, "", "iteration", 0.0);
      failed["repetition_index"] = 0;
      failed["iterations"] = 0;
      failed["error_occurred"] = true;
      failed["error_message"] = error_text(*m.engines[i].error);
      json["benchmarks"].push_back(std::move(failed));
      continue;
    }
    add_family({names[i], i, &m.engines[i], repetitions}, json["benchmarks"]);
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vernier::exports
