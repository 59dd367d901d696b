#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "report/pipeline_json.h"
#include "report/report.h"

namespace vernier {
namespace {

using Json = nlohmann::ordered_json;

/// NaN and infinity are no JSON: null.
Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// nlohmann would write (key, value) pairs of a braced list as an object or an array by guess.
Json strings(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const std::string& text : texts) array.push_back(text);
  return array;
}

Json tool_json(const Environment& e) {
  return {{"name", "vernier"},
          {"version", e.tool_version},
          {"git_commit", text_or_null(e.git_commit)},
          {"compiler", e.compiler},
          {"build_type", e.build_type}};
}

Json environment_json(const Environment& e) {
  Json json = Json::object();
  json["cpu"] = {{"model", e.cpu_model},
                 {"features", strings(e.cpu_features)},
                 {"logical_cores", e.logical_cores},
                 {"allowed_cores", e.allowed_cores},
                 {"cgroup_cpus", optional_json(e.cgroup_cpus)},
                 {"governor", text_or_null(e.governor)}};
  json["memory_bytes"] = e.memory_bytes;
  json["cgroup_memory_bytes"] = optional_json(e.cgroup_memory_bytes);
  json["os"] = e.os;
  json["kernel"] = e.kernel;
  json["hypervisor"] = text_or_null(e.hypervisor);
  json["transparent_huge_pages"] = text_or_null(e.transparent_huge_pages);
  json["load_1min"] = finite(e.load_1min);
  json["steal_ticks"] = e.steal_ticks;
  json["total_ticks"] = e.total_ticks;
  return json;
}

Json record_json(const std::vector<RecordField>& fields) {
  if (fields.empty()) return nullptr;
  Json json = Json::object();
  for (const RecordField& field : fields) {
    std::visit([&](const auto& value) { json[field.name] = value; }, field.value);
  }
  return json;
}

Json model_json(const ReportModel& model) {
  return {{"file", model.file}, {"sha256", model.sha256}, {"bytes", model.bytes}};
}

Json inputs_json(const std::vector<ReportInput>& inputs) {
  Json array = Json::array();
  for (const ReportInput& input : inputs) {
    Json json = {{"name", input.name}, {"dtype", input.dtype}};
    json["shape"] = Json::array();
    for (const std::int64_t dim : input.shape) json["shape"].push_back(dim);
    json["sha256"] = text_or_null(input.sha256);
    json["source"] = input.source;
    json["kind"] = text_or_null(input.kind);
    json["file"] = text_or_null(input.file);
    json["preprocess"] = record_json(input.preprocess);
    array.push_back(std::move(json));
  }
  return array;
}

Json protocol_json(const MeasureSettings& s) {
  return {{"scenario", "closed loop, one stream, processes interleaved in random blocks"},
          {"timer", "CLOCK_MONOTONIC, read by the engine's own process around each inference"},
          {"includes", "from inputs in the engine's memory to outputs complete in memory"},
          {"warmup_runs", s.warmup_runs},
          {"warmup_s", finite(s.warmup_s)},
          {"min_time_s", finite(s.min_time_s)},
          {"max_time_s", finite(s.max_time_s)},
          {"min_runs", s.min_runs},
          {"min_rounds", s.min_rounds},
          {"block_time_s", finite(s.block_time_s)},
          {"lead_in_runs", s.lead_in_runs},
          {"max_samples", s.max_samples},
          {"seed", s.seed},
          {"margin", finite(s.margin)},
          {"max_rel_l2", optional_json(s.max_rel_l2)}};
}

Json percentile_json(const Percentile& p) {
  if (!p.value) return {{"value", nullptr}, {"reason", p.reason}};
  return {{"value", *p.value},
          {"ci_low", p.ci_low},
          {"ci_high", p.ci_high},
          {"estimator", kPercentileEstimator}};
}

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
               {"peak_rss_bytes", known(m.memory.peak_rss_bytes)},
               {"planned_arena_bytes", known(m.facts.planned_arena_bytes)},
               {"weights_bytes", known(m.facts.weights_bytes)}};
  json["vram"] = {{"peak_bytes", nullptr}, {"reason", "no GPU was used"}};
  return json;
}

Json error_json(const Error& error) {
  return {{"kind", kind_name(error.code)},
          {"id", error.id},
          {"message", error.message},
          {"node", text_or_null(error.where.node)},
          {"op", text_or_null(error.where.op)}};
}

Json result_json(const EngineMeasurement& m) {
  Json json = Json::object();
  json["label"] = m.label;
  json["engine"] = {{"name", m.name}, {"version", m.version}};
  json["model_file"] = m.model;
  json["settings"] = settings_json(m);
  json["phases"] = {{"load_ns", m.load_ns},
                    {"prepare_ns", m.prepare_ns},
                    {"first_inference_ns", m.first_inference_ns}};
  json["latency_ns"] = latency_json(m.latency);
  const bool timed = m.latency.n > 0 && m.latency.mean > 0.0;
  json["throughput_per_s"] =
      timed ? finite(static_cast<double>(m.batch) * 1e9 / m.latency.mean) : Json(nullptr);
  json["memory"] = memory_json(m);
  json["placement"] = placement_json(m.facts);
  json["notes"] = strings(m.facts.notes);
  json["validity"] = validity_json(m.validity);
  json["error"] = m.error ? error_json(*m.error) : Json(nullptr);
  json["blocks"] = Json::array();
  for (const BlockSamples& block : m.blocks) {
    Json samples = Json::array();
    for (const std::int64_t ns : block.ns) samples.push_back(ns);
    json["blocks"].push_back(
        {{"round", block.round}, {"position", block.position}, {"samples_ns", samples}});
  }
  return json;
}

Json agreement_json(const OutputAgreement& outputs) {
  if (!outputs.compared) return {{"agree", nullptr}, {"reason", "the outputs were not compared"}};
  return {{"agree", outputs.agree},
          {"max_rel_l2", finite(outputs.max_rel_l2)},
          {"cosine", finite(outputs.min_cosine)},
          {"top1_agree", optional_json(outputs.top1_agree)},
          {"tolerance", finite(outputs.tolerance)},
          {"reason", text_or_null(outputs.reason)}};
}

Json comparison_json(const Comparison& c) {
  const auto or_null = [&](double value) { return c.ratio ? finite(value) : Json(nullptr); };
  return {{"baseline", c.baseline},
          {"contender", c.contender},
          {"ratio", or_null(c.ratio.value_or(0.0))},
          {"ci_low", or_null(c.ci_low)},
          {"ci_high", or_null(c.ci_high)},
          {"confidence", 0.95},
          {"pairs", c.pairs},
          {"margin", finite(c.margin)},
          {"verdict", verdict_name(c.verdict)},
          {"reason", text_or_null(c.reason)},
          {"outputs", agreement_json(c.outputs)}};
}

/// Puts lists of plain numbers on one line each, so that samples don't take a line apiece.
std::string with_short_lists(const std::string& text) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    out += c;
    if (c == '\\' && quoted) {
      out += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '[' && !quoted) {
      const auto end = text.find_first_not_of("0123456789+-.eE, \n", i + 1);
      if (end == std::string::npos || text[end] != ']') continue;
      for (++i; i < end; ++i) {
        if (text[i] != ' ' && text[i] != '\n') out += text[i];
      }
      out += ']';
    }
  }
  return out;
}

}  // namespace

std::string to_json(const Report& report) {
  const Measurement& m = report.measurement;
  Json json = Json::object();
  json["schema_version"] = kReportSchemaVersion;
  json["kind"] = report.kind;
  json["status"] = m.status == MeasureStatus::complete ? "complete" : "interrupted";
  json["created_utc"] = m.environment.created_utc;
  json["command"] = strings(report.command);
  json["tool"] = tool_json(m.environment);
  json["environment"] = environment_json(m.environment);
  json["model"] = report.models.empty() ? Json(nullptr) : model_json(report.models.front());
  json["models"] = Json::array();
  for (const ReportModel& model : report.models) json["models"].push_back(model_json(model));
  json["inputs"] = inputs_json(report.inputs);
  json["protocol"] = protocol_json(m.settings);
  json["comparisons"] = Json::array();
  for (const Comparison& c : m.comparisons) json["comparisons"].push_back(comparison_json(c));
  json["results"] = Json::array();
  for (const EngineMeasurement& e : m.engines) json["results"].push_back(result_json(e));
  if (report.pipeline) json["pipeline"] = pipeline_json(*report.pipeline);
  return with_short_lists(json.dump(1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace vernier
