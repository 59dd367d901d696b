#include <limits>

#include "report/json_in.h"
#include "report/pipeline_json.h"
#include "report/report.h"

namespace vernier {
namespace {

using json_in::as_int;
using json_in::Json;
using json_in::Reader;

Environment environment_of(Reader& r, const Json& root) {
  Environment e;
  e.created_utc = r.text(root, "created_utc");
  const Json& tool = r.object(root, "tool");
  e.tool_version = r.text(tool, "version");
  e.git_commit = Reader::text_or_empty(tool, "git_commit");
  e.compiler = Reader::text_or_empty(tool, "compiler");
  e.build_type = Reader::text_or_empty(tool, "build_type");
  const Json& env = r.object(root, "environment");
  const Json& cpu = r.object(env, "cpu");
  e.cpu_model = r.text(cpu, "model");
  e.cpu_features = Reader::texts(cpu, "features");
  e.logical_cores = as_int(Reader::integer_or(cpu, "logical_cores", 0));
  e.allowed_cores = as_int(Reader::integer_or(cpu, "allowed_cores", 0));
  e.cgroup_cpus = Reader::number(cpu, "cgroup_cpus");
  e.governor = Reader::text_or_empty(cpu, "governor");
  if (Reader::member(cpu, "cgroup_throttled_periods").is_number_integer()) {
    e.cgroup_throttled_periods = Reader::bytes_or_zero(cpu, "cgroup_throttled_periods");
  }
  e.turbo = Reader::flag(cpu, "turbo");
  e.smt = Reader::flag(cpu, "smt");
  if (Reader::member(cpu, "smt_siblings").is_number_integer()) {
    e.smt_siblings = as_int(Reader::integer_or(cpu, "smt_siblings", 0));
  }
  e.numa_nodes = as_int(Reader::integer_or(cpu, "numa_nodes", 0));
  e.clocksource = Reader::text_or_empty(cpu, "clocksource");
  e.memory_bytes = Reader::bytes_or_zero(env, "memory_bytes");
  if (const auto limit = Reader::bytes_or_zero(env, "cgroup_memory_bytes"); limit > 0) {
    e.cgroup_memory_bytes = limit;
  }
  e.os = Reader::text_or_empty(env, "os");
  e.kernel = Reader::text_or_empty(env, "kernel");
  e.hypervisor = Reader::text_or_empty(env, "hypervisor");
  e.transparent_huge_pages = Reader::text_or_empty(env, "transparent_huge_pages");
  e.load_1min = Reader::number(env, "load_1min").value_or(0.0);
  e.steal_ticks = Reader::bytes_or_zero(env, "steal_ticks");
  e.total_ticks = Reader::bytes_or_zero(env, "total_ticks");
  return e;
}

MeasureSettings protocol_of(Reader& r, const Json& root) {
  MeasureSettings s;
  const Json& p = r.object(root, "protocol");
  const auto real = [&](const char* key, double fallback) {
    return Reader::number(p, key).value_or(fallback);
  };
  s.warmup_runs = as_int(Reader::integer_or(p, "warmup_runs", s.warmup_runs));
  s.warmup_s = real("warmup_s", s.warmup_s);
  s.max_warmup_s = real("max_warmup_s", s.max_warmup_s);
  s.min_time_s = real("min_time_s", s.min_time_s);
  s.max_time_s = real("max_time_s", s.max_time_s);
  s.min_runs = as_int(Reader::integer_or(p, "min_runs", s.min_runs));
  s.min_rounds = as_int(Reader::integer_or(p, "min_rounds", s.min_rounds));
  s.block_time_s = real("block_time_s", s.block_time_s);
  s.lead_in_runs = as_int(Reader::integer_or(p, "lead_in_runs", s.lead_in_runs));
  s.max_samples = Reader::integer_or(p, "max_samples", s.max_samples);
  s.seed = Reader::bytes_or_zero(p, "seed");
  s.margin = real("margin", s.margin);
  s.resolve = real("resolve", s.resolve);
  s.precision = real("precision", s.precision);
  s.budget_s = real("budget_s", s.budget_s);
  s.noise_floor = Reader::flag_or(p, "noise_floor", s.noise_floor);
  s.max_rel_l2 = Reader::number(p, "max_rel_l2");
  s.processes = as_int(Reader::integer_or(p, "processes", s.processes));
  return s;
}

PairUnit unit_of(const Json& item) {
  const bool process = Reader::text_or_empty(item, "unit") == pair_unit_name(PairUnit::process);
  return process ? PairUnit::process : PairUnit::block;
}

Comparison comparison_of(Reader& r, const Json& item) {
  Comparison c;
  c.baseline = r.text(item, "baseline");
  c.contender = r.text(item, "contender");
  c.ratio = Reader::number(item, "ratio");
  c.ci_low = Reader::number(item, "ci_low").value_or(0.0);
  c.ci_high = Reader::number(item, "ci_high").value_or(0.0);
  c.margin = Reader::number(item, "margin").value_or(0.0);
  c.pairs = as_int(Reader::integer_or(item, "pairs", 0));
  c.unit = unit_of(item);
  c.case_label = Reader::text_or_empty(item, "case");
  c.p_value = Reader::number(item, "p_value");
  c.p_adjusted = Reader::number(item, "p_adjusted");
  if (const std::int64_t needed = Reader::integer_or(item, "pairs_needed", -1); needed >= 0) {
    c.pairs_needed = as_int(needed);
  }
  c.reason = Reader::text_or_empty(item, "reason");
  const std::string verdict = r.text(item, "verdict");
  for (const Verdict v : {Verdict::faster, Verdict::slower, Verdict::equivalent, Verdict::disagrees,
                          Verdict::not_comparable}) {
    if (verdict == verdict_name(v)) c.verdict = v;
  }
  const Json& outputs = r.object(item, "outputs");
  const auto agree = outputs.find("agree");
  if (agree == outputs.end() || !agree->is_boolean()) return c;
  c.outputs.compared = true;
  c.outputs.agree = agree->get<bool>();
  const double infinite = std::numeric_limits<double>::infinity();
  c.outputs.max_rel_l2 = Reader::number(outputs, "max_rel_l2").value_or(infinite);
  c.outputs.min_cosine = Reader::number(outputs, "cosine").value_or(0.0);
  c.outputs.tolerance = Reader::number(outputs, "tolerance").value_or(0.0);
  c.outputs.reason = Reader::text_or_empty(outputs, "reason");
  if (const auto top1 = outputs.find("top1_agree"); top1 != outputs.end() && top1->is_boolean()) {
    c.outputs.top1_agree = top1->get<bool>();
  }
  return c;
}

NoiseFloor noise_of(const Json& root) {
  NoiseFloor n;
  const Json& item = Reader::member(root, "noise_floor");
  n.label = Reader::text_or_empty(item, "engine");
  n.ratio = Reader::number(item, "ratio");
  n.ci_low = Reader::number(item, "ci_low").value_or(0.0);
  n.ci_high = Reader::number(item, "ci_high").value_or(0.0);
  n.pairs = as_int(Reader::integer_or(item, "pairs", 0));
  n.resolution = Reader::number(item, "resolution");
  n.reason = Reader::text_or_empty(item, "reason");
  return n;
}

std::optional<MeasurePlan> plan_of(const Json& root) {
  const Json& item = Reader::member(root, "plan");
  if (!item.is_object()) return std::nullopt;
  MeasurePlan plan;
  plan.resolve = Reader::number(item, "resolve").value_or(0.0);
  plan.budget_s = Reader::number(item, "budget_s").value_or(0.0);
  plan.rounds = as_int(Reader::integer_or(item, "rounds", 0));
  plan.seconds = Reader::number(item, "seconds").value_or(0.0);
  plan.possible = Reader::flag_or(item, "possible", true);
  plan.reachable_resolve = Reader::number(item, "reachable_resolve").value_or(0.0);
  plan.unit = unit_of(item);
  return plan;
}

std::optional<ReportGate> gate_of(const Json& root) {
  const Json& item = Reader::member(root, "gate");
  if (!item.is_object()) return std::nullopt;
  return ReportGate{Reader::number(item, "max_regression"), Reader::number(item, "max_rel_l2")};
}

ReportInput input_of(Reader& r, const Json& item) {
  ReportInput input;
  input.name = r.text(item, "name");
  input.case_label = Reader::text_or_empty(item, "case");
  input.dtype = r.text(item, "dtype");
  for (const Json& dim : r.array(item, "shape")) {
    if (dim.is_number_integer()) input.shape.push_back(dim.get<std::int64_t>());
  }
  input.sha256 = Reader::text_or_empty(item, "sha256");
  input.source = Reader::text_or_empty(item, "source");
  input.kind = Reader::text_or_empty(item, "kind");
  input.file = Reader::text_or_empty(item, "file");
  const auto record = item.is_object() ? item.find("preprocess") : item.end();
  if (!item.is_object() || record == item.end() || !record->is_object()) return input;
  for (const auto& [key, value] : record->items()) {
    RecordField field{key, std::string()};
    if (value.is_string()) field.value = value.get<std::string>();
    if (value.is_number_integer()) field.value = value.get<std::int64_t>();
    if (value.is_number_float()) field.value = value.get<double>();
    if (value.is_array()) {
      std::vector<double> numbers;
      for (const Json& number : value)
        numbers.push_back(number.is_number() ? number.get<double>() : 0.0);
      field.value = std::move(numbers);
    }
    input.preprocess.push_back(std::move(field));
  }
  return input;
}

Error format_problem(const std::string& why) {
  return invalid_data("this is no vernier report: " + why, "E-REPORT-FORMAT");
}

}  // namespace

Result<Report> report_from_json(std::string_view text) {
  if (text.size() > kMaxReportBytes) return limit_error("the report is too large", "E-LIMIT-FILE");
  const Json root = Json::parse(text, nullptr, false);
  if (!root.is_object()) return format_problem("it is not a JSON object");
  Reader r;
  Report report;
  report.schema_version = r.text(root, "schema_version");
  if (r.failed()) return format_problem(r.problem());
  if (report.schema_version.rfind("1.", 0) != 0) {
    return unsupported("the report has schema version " + report.schema_version + ", 1.x is known",
                       "E-REPORT-VERSION");
  }
  report.kind = r.text(root, "kind");
  Measurement& m = report.measurement;
  m.status = r.text(root, "status") == "interrupted" ? MeasureStatus::interrupted
                                                     : MeasureStatus::complete;
  report.command = Reader::texts(root, "command");
  m.environment = environment_of(r, root);
  m.settings = protocol_of(r, root);
  m.plan = plan_of(root);
  m.noise = noise_of(root);
  report.gate = gate_of(root);
  for (const Json& item : r.array(root, "models")) {
    report.models.push_back(
        {r.text(item, "file"), r.text(item, "sha256"), Reader::bytes_or_zero(item, "bytes")});
  }
  for (const Json& item : r.array(root, "inputs")) report.inputs.push_back(input_of(r, item));
  for (const Json& item : r.array(root, "results")) {
    if (r.failed()) break;
    m.engines.push_back(json_in::result_of(r, item));
  }
  for (const Json& item : r.array(root, "comparisons")) {
    if (r.failed()) break;
    m.comparisons.push_back(comparison_of(r, item));
  }
  if (r.failed()) return format_problem(r.problem());
  if (root.contains("pipeline")) {
    report.pipeline = pipeline_from(root["pipeline"]);
    if (!report.pipeline) return format_problem("'pipeline' cannot be read");
  }
  return report;
}

}  // namespace vernier
