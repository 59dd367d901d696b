#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "report/pipeline_json.h"
#include "report/report.h"

namespace vernier {
namespace {

using Json = nlohmann::json;

/// Reads members of an object; the first failure is kept and everything after it is ignored.
class Reader {
 public:
  [[nodiscard]] bool failed() const noexcept { return !problem_.empty(); }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  void fail(const std::string& path, const char* wanted) {
    if (problem_.empty()) problem_ = "'" + path + "' is missing or no " + wanted;
  }

  /// A member that must be there; a shared null otherwise.
  const Json& at(const Json& object, const char* key, const char* wanted,
                 bool (Json::*is)() const) {
    static const Json kNull;
    const auto it = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || it == object.end() || !((*it).*is)()) {
      fail(key, wanted);
      return kNull;
    }
    return *it;
  }
  const Json& object(const Json& parent, const char* key) {
    return at(parent, key, "object", &Json::is_object);
  }
  const Json& array(const Json& parent, const char* key) {
    return at(parent, key, "list", &Json::is_array);
  }
  std::string text(const Json& parent, const char* key) {
    const Json& value = at(parent, key, "text", &Json::is_string);
    return value.is_string() ? value.get<std::string>() : std::string();
  }
  std::int64_t integer(const Json& parent, const char* key) {
    const Json& value = at(parent, key, "integer", &Json::is_number_integer);
    const bool fits = !value.is_number_unsigned() ||
                      value.get<std::uint64_t>() <=
                          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (value.is_number_integer() && fits) return value.get<std::int64_t>();
    if (value.is_number_integer()) fail(key, "integer of 63 bits");
    return 0;
  }

  // Members that may be null or absent.
  static std::string text_or_empty(const Json& parent, const char* key) {
    const auto it = parent.is_object() ? parent.find(key) : parent.end();
    if (!parent.is_object() || it == parent.end() || !it->is_string()) return {};
    return it->get<std::string>();
  }
  static std::optional<double> number(const Json& parent, const char* key) {
    if (!parent.is_object()) return std::nullopt;
    const auto it = parent.find(key);
    if (it == parent.end() || !it->is_number()) return std::nullopt;
    return it->get<double>();
  }
  static std::int64_t integer_or(const Json& parent, const char* key, std::int64_t fallback) {
    if (!parent.is_object()) return fallback;
    const auto it = parent.find(key);
    if (it == parent.end() || !it->is_number_integer()) return fallback;
    return it->get<std::int64_t>();
  }
  static std::uint64_t bytes_or_zero(const Json& parent, const char* key) {
    const std::int64_t value = integer_or(parent, key, 0);
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
  }
  static std::vector<std::string> texts(const Json& parent, const char* key) {
    std::vector<std::string> list;
    const auto it = parent.is_object() ? parent.find(key) : parent.end();
    if (!parent.is_object() || it == parent.end() || !it->is_array()) return list;
    for (const Json& item : *it) {
      if (item.is_string()) list.push_back(item.get<std::string>());
    }
    return list;
  }

 private:
  std::string problem_;
};

int as_int(std::int64_t value) {
  return static_cast<int>(std::clamp<std::int64_t>(value, std::numeric_limits<int>::min(),
                                                   std::numeric_limits<int>::max()));
}

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
  s.min_time_s = real("min_time_s", s.min_time_s);
  s.max_time_s = real("max_time_s", s.max_time_s);
  s.min_runs = as_int(Reader::integer_or(p, "min_runs", s.min_runs));
  s.min_rounds = as_int(Reader::integer_or(p, "min_rounds", s.min_rounds));
  s.block_time_s = real("block_time_s", s.block_time_s);
  s.lead_in_runs = as_int(Reader::integer_or(p, "lead_in_runs", s.lead_in_runs));
  s.max_samples = Reader::integer_or(p, "max_samples", s.max_samples);
  s.seed = Reader::bytes_or_zero(p, "seed");
  s.margin = real("margin", s.margin);
  s.max_rel_l2 = Reader::number(p, "max_rel_l2");
  return s;
}

void read_blocks(Reader& r, const Json& result, EngineMeasurement& m) {
  for (const Json& item : r.array(result, "blocks")) {
    BlockSamples block;
    block.round = as_int(r.integer(item, "round"));
    block.position = as_int(r.integer(item, "position"));
    for (const Json& sample : r.array(item, "samples_ns")) {
      if (!sample.is_number_integer() || sample.get<std::int64_t>() < 0) {
        r.fail("samples_ns", "list of integers");
        return;
      }
      block.ns.push_back(sample.get<std::int64_t>());
    }
    m.blocks.push_back(std::move(block));
  }
}

void read_facts(const Json& result, EngineMeasurement& m) {
  const Json memory = result.value("memory", Json());
  m.memory.rss_before_load_bytes = Reader::bytes_or_zero(memory, "rss_before_load_bytes");
  m.memory.rss_after_load_bytes = Reader::bytes_or_zero(memory, "rss_after_load_bytes");
  m.memory.peak_rss_bytes = Reader::bytes_or_zero(memory, "peak_rss_bytes");
  m.facts.planned_arena_bytes = Reader::bytes_or_zero(memory, "planned_arena_bytes");
  m.facts.weights_bytes = Reader::bytes_or_zero(memory, "weights_bytes");
  m.facts.notes = Reader::texts(result, "notes");
  const Json placement = result.value("placement", Json());
  m.facts.isa = Reader::text_or_empty(placement, "isa");
  if (!placement.is_object() || !placement.contains("nodes")) return;
  for (const Json& node : placement["nodes"]) {
    m.facts.placement.push_back(
        {Reader::text_or_empty(node, "node"), Reader::text_or_empty(node, "op"),
         Reader::text_or_empty(node, "backend"), Reader::text_or_empty(node, "kernel"),
         Reader::text_or_empty(node, "reason")});
  }
}

void read_validity(const Json& result, EngineMeasurement& m) {
  using Status = ValidityCheck::Status;
  const auto it = result.find("validity");
  if (it == result.end() || !it->is_array()) return;
  for (const Json& item : *it) {
    ValidityCheck check;
    check.id = Reader::text_or_empty(item, "id");
    const std::string status = Reader::text_or_empty(item, "status");
    check.status = status == "invalid" ? Status::invalid
                   : status == "ok"    ? Status::ok
                                       : Status::suspect;
    check.observed = Reader::text_or_empty(item, "observed");
    check.limit = Reader::text_or_empty(item, "limit");
    check.remedy = Reader::text_or_empty(item, "remedy");
    m.validity.push_back(std::move(check));
  }
}

EngineMeasurement result_of(Reader& r, const Json& result) {
  EngineMeasurement m;
  m.label = r.text(result, "label");
  const Json& engine = r.object(result, "engine");
  m.name = r.text(engine, "name");
  m.version = r.text(engine, "version");
  m.model = Reader::text_or_empty(result, "model_file");
  const Json& settings = r.object(result, "settings");
  m.settings.precision = r.text(settings, "precision");
  m.settings.backend = r.text(settings, "backend");
  m.settings.threads = as_int(r.integer(settings, "threads"));
  m.batch = r.integer(settings, "batch");
  m.settings.max_memory_bytes = Reader::bytes_or_zero(settings, "max_memory_bytes");
  if (const auto dims = settings.find("dims"); dims != settings.end() && dims->is_object()) {
    for (const auto& [name, size] : dims->items()) {
      if (size.is_number_integer()) m.settings.dims.emplace_back(name, size.get<std::int64_t>());
    }
  }
  if (const auto options = settings.find("options");
      options != settings.end() && options->is_object()) {
    for (const auto& [key, value] : options->items()) {
      if (value.is_string()) m.settings.options[key] = value.get<std::string>();
    }
  }
  const Json& phases = r.object(result, "phases");
  m.load_ns = r.integer(phases, "load_ns");
  m.prepare_ns = Reader::integer_or(phases, "prepare_ns", 0);
  m.first_inference_ns = r.integer(phases, "first_inference_ns");
  read_blocks(r, result, m);
  if (r.failed()) return m;
  read_facts(result, m);
  read_validity(result, m);
  std::vector<std::int64_t> all;
  for (const BlockSamples& block : m.blocks)
    all.insert(all.end(), block.ns.begin(), block.ns.end());
  m.latency = summarize(all);  // derived from the raw samples, which are the truth
  if (const auto error = result.find("error"); error != result.end() && error->is_object()) {
    m.error = make_error(Errc::internal, Reader::text_or_empty(*error, "id"),
                         Reader::text_or_empty(*error, "message"));
    for (const Errc code : {Errc::usage, Errc::invalid_model, Errc::unsupported, Errc::invalid_data,
                            Errc::limit, Errc::device, Errc::output}) {
      if (Reader::text_or_empty(*error, "kind") == kind_name(code)) m.error->code = code;
    }
    m.error->where.node = Reader::text_or_empty(*error, "node");
    m.error->where.op = Reader::text_or_empty(*error, "op");
  }
  return m;
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
  c.reason = Reader::text_or_empty(item, "reason");
  const std::string verdict = r.text(item, "verdict");
  for (const Verdict v : {Verdict::faster, Verdict::slower, Verdict::disagrees}) {
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

ReportInput input_of(Reader& r, const Json& item) {
  ReportInput input;
  input.name = r.text(item, "name");
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
  for (const Json& item : r.array(root, "models")) {
    report.models.push_back(
        {r.text(item, "file"), r.text(item, "sha256"), Reader::bytes_or_zero(item, "bytes")});
  }
  for (const Json& item : r.array(root, "inputs")) report.inputs.push_back(input_of(r, item));
  for (const Json& item : r.array(root, "results")) {
    if (r.failed()) break;
    m.engines.push_back(result_of(r, item));
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
