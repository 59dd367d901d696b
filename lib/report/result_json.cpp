#include <map>

#include "report/json_out.h"
#include "report/summary.h"

namespace vernier::json_out {
namespace {

Json percentile_json(const Percentile& p) {
  if (!p.value) return {{"value", nullptr}, {"reason", p.reason}};
  return {{"value", *p.value},
          {"ci_low", p.ci_low},
          {"ci_high", p.ci_high},
          {"n_effective", finite(p.n_effective)},
          {"estimator", kPercentileEstimator}};
}

Json placement_json(const EngineFacts& facts) {
  std::map<std::string, std::int64_t> counts;
  Json nodes = Json::array();
  Json fallbacks = Json::array();
  for (const NodePlacement& node : facts.placement) {
    ++counts[node.backend];
    Json row = {{"node", node.node},
                {"op", node.op},
                {"backend", node.backend},
                {"kernel", node.kernel},
                {"reason", text_or_null(node.reason)}};
    if (!node.reason.empty()) fallbacks.push_back(row);
    nodes.push_back(std::move(row));
  }
  Json per_backend = Json::object();
  for (const auto& [backend, count] : counts) per_backend[backend] = count;
  return {{"isa", text_or_null(facts.isa)},
          {"nodes_total", facts.placement.size()},
          {"nodes_per_backend", std::move(per_backend)},
          {"fallback_nodes", std::move(fallbacks)},
          {"nodes", std::move(nodes)}};
}

Json validity_json(const std::vector<ValidityCheck>& checks) {
  Json array = Json::array();
  for (const ValidityCheck& check : checks) {
    array.push_back({{"id", check.id},
                     {"status", validity_status_name(check.status)},
                     {"observed", check.observed},
                     {"limit", check.limit},
                     {"remedy", text_or_null(check.remedy)}});
  }
  return array;
}

Json settings_json(const EngineMeasurement& m) {
  Json json = {{"precision", m.settings.precision},
               {"backend", m.settings.backend},
               {"threads", m.settings.threads},
               {"streams", m.settings.streams},
               {"batch", m.batch},
               {"max_memory_bytes", m.settings.max_memory_bytes}};
  json["dims"] = Json::object();
  for (const auto& [name, size] : m.settings.dims) json["dims"][name] = size;
  json["options"] = Json::object();
  for (const auto& [key, value] : m.settings.options) json["options"][key] = value;
  return json;
}

Json memory_json(const EngineMeasurement& m) {
  const auto known = [](std::uint64_t bytes) { return bytes > 0 ? Json(bytes) : Json(nullptr); };
  Json json = {{"rss_before_load_bytes", known(m.memory.rss_before_load_bytes)},
               {"rss_after_load_bytes", known(m.memory.rss_after_load_bytes)},
               {"peak_load_rss_bytes", known(m.memory.peak_load_bytes)},
               {"peak_rss_bytes", known(m.memory.peak_rss_bytes)},
               {"growth_bytes_per_1000_runs", optional_json(m.memory.growth_bytes_per_1000_runs)},
               {"planned_arena_bytes", known(m.facts.planned_arena_bytes)},
               {"weights_bytes", known(m.facts.weights_bytes)}};
  if (!m.memory.growth_bytes_per_1000_runs) json["growth_reason"] = "too few readings";
  json["vram"] = {{"peak_bytes", nullptr}, {"reason", "no GPU was used"}};
  return json;
}

Json error_json(const Error& error) {
  return {{"kind", kind_name(error.code)},
          {"id", error.id},
          {"message", error.message},
          {"model", text_or_null(error.where.model)},
          {"node", text_or_null(error.where.node)},
          {"op", text_or_null(error.where.op)},
          {"opset", error.where.opset > 0 ? Json(error.where.opset) : Json(nullptr)},
          {"tensor", text_or_null(error.where.tensor)},
          {"hint", text_or_null(error.hint)}};
}

Json numbers(const std::vector<std::int64_t>& values) {
  Json array = Json::array();
  for (const std::int64_t value : values) array.push_back(value);
  return array;
}

/// Columns, so that a block with many events stays a few lines.
Json events_json(const std::vector<TimedRuns::Event>& events) {
  if (events.empty()) return nullptr;
  Json run = Json::array();
  Json switches = Json::array();
  Json minor = Json::array();
  Json major = Json::array();
  for (const TimedRuns::Event& event : events) {
    run.push_back(event.run);
    switches.push_back(event.involuntary_switches);
    minor.push_back(event.minor_faults);
    major.push_back(event.major_faults);
  }
  return {{"run", std::move(run)},
          {"involuntary_switches", std::move(switches)},
          {"minor_faults", std::move(minor)},
          {"major_faults", std::move(major)}};
}

Json blocks_json(const std::vector<BlockSamples>& blocks) {
  Json array = Json::array();
  for (const BlockSamples& block : blocks) {
    array.push_back({{"round", block.round},
                     {"process", block.process},
                     {"position", block.position},
                     {"wall_ns", block.wall_ns},
                     {"cpu_mhz", optional_json(block.cpu_mhz)},
                     {"steal_ticks", block.steal_ticks},
                     {"other_busy_ns", block.other_busy_ns},
                     {"events", events_json(block.events)},
                     {"samples_ns", numbers(block.ns)}});
  }
  return array;
}

Json throughput_json(const EngineMeasurement& m) {
  if (!(m.throughput.per_s > 0.0)) {
    return {{"per_s", nullptr}, {"reason", "the wall time of the blocks is not known"}};
  }
  return {{"per_s", finite(m.throughput.per_s)},
          {"ci_low", finite(m.throughput.ci_low)},
          {"ci_high", finite(m.throughput.ci_high)},
          {"confidence", 0.95}};
}

Json warm_up_json(const WarmUp& w) {
  return {{"runs", w.runs},
          {"total_ns", w.total_ns},
          {"steady_from_run", w.steady_from_run},
          {"time_to_steady_ns", w.time_to_steady_ns},
          {"curve_ns", numbers(w.ns)}};
}

Json steady_json(const SteadyState& s) {
  Json json = {{"class", steady_class_name(s.steady)}};
  const auto or_null = [&](double value) { return s.drift ? finite(value) : Json(nullptr); };
  json["drift"] = or_null(s.drift.value_or(0.0));
  json["drift_low"] = or_null(s.drift_low);
  json["drift_high"] = or_null(s.drift_high);
  if (!s.drift) json["drift_reason"] = "too few blocks";
  json["modes"] = nullptr;
  if (s.bimodal) {
    json["modes"] = {{"fast_ns", finite(s.fast_mode_ns)},
                     {"slow_ns", finite(s.slow_mode_ns)},
                     {"slow_share", finite(s.slow_mode_share)}};
  }
  return json;
}

Json outliers_json(const Outliers& o) {
  Json json = {
      {"rule", "Tukey: beyond 1.5 (mild) or 3 (severe) interquartile ranges; none dropped"},
      {"mild", o.mild},
      {"severe", o.severe}};
  json["causes"] = Json::array();
  for (const auto& [cause, runs] : o.causes) {
    json["causes"].push_back({{"cause", cause}, {"runs", runs}});
  }
  json["listed"] = Json::array();
  for (const Outlier& outlier : o.listed) {
    json["listed"].push_back({{"round", outlier.round},
                              {"run", outlier.run},
                              {"ns", outlier.ns},
                              {"severe", outlier.severe},
                              {"cause", outlier.cause}});
  }
  return json;
}

Json use_json(const ResourceUse& u) {
  const bool told = u.user_ns != 0 || u.system_ns != 0 || u.voluntary_switches != 0 ||
                    u.involuntary_switches != 0 || u.minor_faults != 0 || u.major_faults != 0;
  const auto known = [&](std::int64_t value) { return told ? Json(value) : Json(nullptr); };
  Json json = {{"user_ns", known(u.user_ns)},
               {"system_ns", known(u.system_ns)},
               {"voluntary_switches", known(u.voluntary_switches)},
               {"involuntary_switches", known(u.involuntary_switches)},
               {"minor_faults", known(u.minor_faults)},
               {"major_faults", known(u.major_faults)}};
  if (!told) json["reason"] = "the engine's process was not observed";
  return json;
}

Json energy_json(const Energy& e) {
  Json json = {{"joules_per_inference", optional_json(e.joules_per_inference)},
               {"joules", e.joules_per_inference ? finite(e.joules) : Json(nullptr)},
               {"source", text_or_null(e.source)},
               {"reason", text_or_null(e.reason)}};
  if (!e.joules_per_inference && e.reason.empty()) json["reason"] = "it was not measured";
  return json;
}

Json switches_json(const std::vector<ShapeSwitch>& switches) {
  Json array = Json::array();
  for (const ShapeSwitch& s : switches) {
    array.push_back({{"from", s.from},
                     {"to", s.to},
                     {"bind_ns", s.bind_ns},
                     {"first_ns", s.first_ns},
                     {"seen_before", s.seen_before}});
  }
  return array;
}

}  // namespace

Json latency_json(const LatencySummary& s) {
  const auto or_null = [&](const Json& value) { return s.n > 0 ? value : Json(nullptr); };
  Json json = {{"n", s.n},
               {"p50", percentile_json(s.p50)},
               {"p90", percentile_json(s.p90)},
               {"p95", percentile_json(s.p95)},
               {"p99", percentile_json(s.p99)}};
  json["min"] = or_null(s.min);
  json["max"] = or_null(s.max);
  json["mean"] = or_null(finite(s.mean));
  json["stddev"] = or_null(finite(s.stddev));
  json["lag1"] = or_null(finite(s.lag1));
  json["n_effective"] = or_null(finite(s.n_effective));
  json["confidence"] = 0.95;
  if (s.n == 0) json["reason"] = "nothing was measured";
  return json;
}

Json result_json(const EngineMeasurement& m) {
  Json json = Json::object();
  json["label"] = m.label;
  json["engine"] = {{"name", m.name}, {"version", m.version}};
  json["model_file"] = m.model;
  json["case"] = text_or_null(m.case_label);
  json["settings"] = settings_json(m);
  json["phases"] = {{"load_ns", m.load_ns},
                    {"prepare_ns", m.prepare_ns},
                    {"first_inference_ns", m.first_inference_ns}};
  json["latency_ns"] = latency_json(m.latency);
  const auto per_s = inferences_per_s(m);
  json["throughput_per_s"] = per_s ? finite(*per_s) : Json(nullptr);
  json["throughput"] = throughput_json(m);
  json["warm_up"] = warm_up_json(m.warm_up);
  json["steady_state"] = steady_json(m.steady);
  json["outliers"] = outliers_json(m.outliers);
  json["resource_use"] = use_json(m.use);
  json["energy"] = energy_json(m.energy);
  json["shape_switches"] = switches_json(m.shape_switches);
  json["converged"] = m.converged;
  json["stop_reason"] = text_or_null(m.stop_reason);
  json["memory"] = memory_json(m);
  json["placement"] = placement_json(m.facts);
  json["notes"] = strings(m.facts.notes);
  json["validity"] = validity_json(m.validity);
  json["error"] = m.error ? error_json(*m.error) : Json(nullptr);
  json["blocks"] = blocks_json(m.blocks);
  return json;
}

}  // namespace vernier::json_out
