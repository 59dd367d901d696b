#include <map>

#include "report/json_out.h"
#include "report/pipeline_json.h"
#include "report/report.h"
#include "report/summary.h"

namespace vernier {
namespace {

using json_out::finite;
using json_out::optional_json;
using json_out::strings;
using json_out::text_or_null;
using Json = json_out::Json;

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
                 {"cgroup_throttled_periods", optional_json(e.cgroup_throttled_periods)},
                 {"governor", text_or_null(e.governor)},
                 {"turbo", optional_json(e.turbo)},
                 {"smt", optional_json(e.smt)},
                 {"smt_siblings", optional_json(e.smt_siblings)},
                 {"numa_nodes", e.numa_nodes},
                 {"clocksource", text_or_null(e.clocksource)}};
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
    Json json = {
        {"name", input.name}, {"case", text_or_null(input.case_label)}, {"dtype", input.dtype}};
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
  return {{"scenario",
           "closed loop, settings.streams inferences in flight, processes interleaved in random "
           "blocks"},
          {"timer", "CLOCK_MONOTONIC, read by the engine's own process around each inference"},
          {"includes", "from inputs in the engine's memory to outputs complete in memory"},
          {"warmup_runs", s.warmup_runs},
          {"warmup_s", finite(s.warmup_s)},
          {"max_warmup_s", finite(s.max_warmup_s)},
          {"min_time_s", finite(s.min_time_s)},
          {"max_time_s", finite(s.max_time_s)},
          {"min_runs", s.min_runs},
          {"min_rounds", s.min_rounds},
          {"block_time_s", finite(s.block_time_s)},
          {"lead_in_runs", s.lead_in_runs},
          {"max_samples", s.max_samples},
          {"seed", s.seed},
          {"margin", finite(s.margin)},
          {"resolve", finite(s.resolve)},
          {"precision", finite(s.precision)},
          {"budget_s", finite(s.budget_s)},
          {"noise_floor", s.noise_floor},
          {"max_rel_l2", optional_json(s.max_rel_l2)},
          {"processes", s.processes}};
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
          {"case", text_or_null(c.case_label)},
          {"ratio", or_null(c.ratio.value_or(0.0))},
          {"ci_low", or_null(c.ci_low)},
          {"ci_high", or_null(c.ci_high)},
          {"confidence", 0.95},
          {"pairs", c.pairs},
          {"unit", pair_unit_name(c.unit)},
          {"pairs_needed", optional_json(c.pairs_needed)},
          {"p_value", optional_json(c.p_value)},
          {"p_adjusted", optional_json(c.p_adjusted)},
          {"margin", finite(c.margin)},
          {"verdict", verdict_name(c.verdict)},
          {"reason", text_or_null(c.reason)},
          {"outputs", agreement_json(c.outputs)}};
}

Json noise_floor_json(const NoiseFloor& n) {
  const auto or_null = [&](double value) { return n.ratio ? finite(value) : Json(nullptr); };
  const bool told = n.ratio || !n.reason.empty();
  return {{"engine", text_or_null(n.label)},
          {"ratio", optional_json(n.ratio)},
          {"ci_low", or_null(n.ci_low)},
          {"ci_high", or_null(n.ci_high)},
          {"pairs", n.pairs},
          {"resolution", optional_json(n.resolution)},
          {"reason", told ? text_or_null(n.reason) : Json("it was not measured")}};
}

Json plan_json(const std::optional<MeasurePlan>& plan) {
  if (!plan) return nullptr;
  return {{"resolve", finite(plan->resolve)},
          {"budget_s", finite(plan->budget_s)},
          {"rounds", plan->rounds},
          {"seconds", finite(plan->seconds)},
          {"possible", plan->possible},
          {"reachable_resolve", finite(plan->reachable_resolve)},
          {"unit", pair_unit_name(plan->unit)}};
}

Json gate_json(const std::optional<ReportGate>& gate) {
  if (!gate) return nullptr;
  return {{"max_regression", optional_json(gate->max_regression)},
          {"max_rel_l2", optional_json(gate->max_rel_l2)}};
}

Json overall_json(const Measurement& m) {
  const OverallValidity overall = overall_validity(m);
  Json checks = Json::array();
  for (const OverallValidity::Check& check : overall.checks) {
    checks.push_back({{"id", check.id},
                      {"status", validity_status_name(check.status)},
                      {"results", strings(check.results)}});
  }
  return {{"status", validity_status_name(overall.status)}, {"checks", std::move(checks)}};
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
  json["plan"] = plan_json(m.plan);
  json["gate"] = gate_json(report.gate);
  json["validity"] = overall_json(m);
  json["noise_floor"] = noise_floor_json(m.noise);
  json["comparisons"] = Json::array();
  for (const Comparison& c : m.comparisons) json["comparisons"].push_back(comparison_json(c));
  json["results"] = Json::array();
  for (const EngineMeasurement& e : m.engines) json["results"].push_back(json_out::result_json(e));
  if (report.pipeline) json["pipeline"] = pipeline_json(*report.pipeline);
  return with_short_lists(json.dump(1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace vernier
