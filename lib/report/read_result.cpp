#include "measure/statistics.h"
#include "report/json_in.h"

namespace vernier::json_in {
namespace {

/// A list of integers >= 0; anything else fails.
std::vector<std::int64_t> times(Reader& r, const Json& list, const char* key) {
  std::vector<std::int64_t> values;
  for (const Json& item : list) {
    if (!item.is_number_integer() || item.get<std::int64_t>() < 0) {
      r.fail(key, "list of integers");
      return values;
    }
    values.push_back(item.get<std::int64_t>());
  }
  return values;
}

void read_events(Reader& r, const Json& item, BlockSamples& block) {
  const Json& events = Reader::member(item, "events");
  if (!events.is_object()) return;
  const auto column = [&](const char* key) { return times(r, Reader::member(events, key), key); };
  const auto run = column("run");
  const auto switches = column("involuntary_switches");
  const auto minor = column("minor_faults");
  const auto major = column("major_faults");
  if (switches.size() != run.size() || minor.size() != run.size() || major.size() != run.size()) {
    r.fail("events", "set of columns of one length");
    return;
  }
  for (std::size_t i = 0; i < run.size(); ++i) {
    block.events.push_back({run[i], switches[i], minor[i], major[i]});
  }
}

void read_blocks(Reader& r, const Json& result, EngineMeasurement& m) {
  for (const Json& item : r.array(result, "blocks")) {
    BlockSamples block;
    block.round = as_int(r.integer(item, "round"));
    block.position = as_int(r.integer(item, "position"));
    block.process = as_int(Reader::integer_or(item, "process", 0));
    block.wall_ns = Reader::integer_or(item, "wall_ns", 0);
    block.cpu_mhz = Reader::number(item, "cpu_mhz");
    block.steal_ticks = Reader::integer_or(item, "steal_ticks", 0);
    block.other_busy_ns = Reader::integer_or(item, "other_busy_ns", 0);
    read_events(r, item, block);
    block.ns = times(r, r.array(item, "samples_ns"), "samples_ns");
    if (r.failed()) return;
    m.blocks.push_back(std::move(block));
  }
}

void read_facts(const Json& result, EngineMeasurement& m) {
  const Json& memory = Reader::member(result, "memory");
  m.memory.rss_before_load_bytes = Reader::bytes_or_zero(memory, "rss_before_load_bytes");
  m.memory.rss_after_load_bytes = Reader::bytes_or_zero(memory, "rss_after_load_bytes");
  m.memory.peak_load_bytes = Reader::bytes_or_zero(memory, "peak_load_rss_bytes");
  m.memory.growth_bytes_per_1000_runs = Reader::number(memory, "growth_bytes_per_1000_runs");
  m.memory.peak_rss_bytes = Reader::bytes_or_zero(memory, "peak_rss_bytes");
  m.facts.planned_arena_bytes = Reader::bytes_or_zero(memory, "planned_arena_bytes");
  m.facts.weights_bytes = Reader::bytes_or_zero(memory, "weights_bytes");
  m.facts.notes = Reader::texts(result, "notes");
  const Json& placement = Reader::member(result, "placement");
  m.facts.isa = Reader::text_or_empty(placement, "isa");
  for (const Json& node : Reader::member(placement, "nodes")) {
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

void read_steady(const Json& result, EngineMeasurement& m) {
  const Json& item = Reader::member(result, "steady_state");
  SteadyState& s = m.steady;
  const std::string name = Reader::text_or_empty(item, "class");
  for (const SteadyClass c : {SteadyClass::flat, SteadyClass::warm_up, SteadyClass::slowdown,
                              SteadyClass::bimodal, SteadyClass::no_steady_state}) {
    if (name == steady_class_name(c)) s.steady = c;
  }
  s.drift = Reader::number(item, "drift");
  s.drift_low = Reader::number(item, "drift_low").value_or(0.0);
  s.drift_high = Reader::number(item, "drift_high").value_or(0.0);
  const Json& modes = Reader::member(item, "modes");
  s.bimodal = modes.is_object();
  s.fast_mode_ns = Reader::number(modes, "fast_ns").value_or(0.0);
  s.slow_mode_ns = Reader::number(modes, "slow_ns").value_or(0.0);
  s.slow_mode_share = Reader::number(modes, "slow_share").value_or(0.0);
}

void read_outliers(const Json& result, EngineMeasurement& m) {
  const Json& item = Reader::member(result, "outliers");
  m.outliers.mild = Reader::integer_or(item, "mild", 0);
  m.outliers.severe = Reader::integer_or(item, "severe", 0);
  for (const Json& cause : Reader::member(item, "causes")) {
    m.outliers.causes.emplace_back(Reader::text_or_empty(cause, "cause"),
                                   Reader::integer_or(cause, "runs", 0));
  }
  for (const Json& row : Reader::member(item, "listed")) {
    m.outliers.listed.push_back(
        {as_int(Reader::integer_or(row, "round", 0)), Reader::integer_or(row, "run", 0),
         Reader::integer_or(row, "ns", 0), Reader::flag_or(row, "severe", false),
         Reader::text_or_empty(row, "cause")});
  }
}

/// What version 1.1.0 added; absent from older reports.
void read_course(Reader& r, const Json& result, EngineMeasurement& m) {
  const Json& throughput = Reader::member(result, "throughput");
  m.throughput.per_s = Reader::number(throughput, "per_s").value_or(0.0);
  m.throughput.ci_low = Reader::number(throughput, "ci_low").value_or(0.0);
  m.throughput.ci_high = Reader::number(throughput, "ci_high").value_or(0.0);
  const Json& warm_up = Reader::member(result, "warm_up");
  m.warm_up.runs = Reader::integer_or(warm_up, "runs", 0);
  m.warm_up.total_ns = Reader::integer_or(warm_up, "total_ns", 0);
  m.warm_up.steady_from_run = Reader::integer_or(warm_up, "steady_from_run", 0);
  m.warm_up.time_to_steady_ns = Reader::integer_or(warm_up, "time_to_steady_ns", 0);
  m.warm_up.ns = times(r, Reader::member(warm_up, "curve_ns"), "curve_ns");
  read_steady(result, m);
  read_outliers(result, m);
  const Json& use = Reader::member(result, "resource_use");
  m.use = {Reader::integer_or(use, "user_ns", 0),
           Reader::integer_or(use, "system_ns", 0),
           Reader::integer_or(use, "voluntary_switches", 0),
           Reader::integer_or(use, "involuntary_switches", 0),
           Reader::integer_or(use, "minor_faults", 0),
           Reader::integer_or(use, "major_faults", 0)};
  const Json& energy = Reader::member(result, "energy");
  m.energy.joules_per_inference = Reader::number(energy, "joules_per_inference");
  m.energy.joules = Reader::number(energy, "joules").value_or(0.0);
  m.energy.source = Reader::text_or_empty(energy, "source");
  m.energy.reason = Reader::text_or_empty(energy, "reason");
  for (const Json& item : Reader::member(result, "shape_switches")) {
    m.shape_switches.push_back(
        {Reader::text_or_empty(item, "from"), Reader::text_or_empty(item, "to"),
         Reader::integer_or(item, "bind_ns", 0), Reader::integer_or(item, "first_ns", 0),
         Reader::flag_or(item, "seen_before", false)});
  }
  m.converged = Reader::flag_or(result, "converged", false);
  m.stop_reason = Reader::text_or_empty(result, "stop_reason");
}

void read_error(const Json& result, EngineMeasurement& m) {
  const Json& error = Reader::member(result, "error");
  if (!error.is_object()) return;
  m.error = make_error(Errc::internal, Reader::text_or_empty(error, "id"),
                       Reader::text_or_empty(error, "message"));
  const std::string kind = Reader::text_or_empty(error, "kind");
  for (const Errc code : {Errc::usage, Errc::invalid_model, Errc::unsupported, Errc::invalid_data,
                          Errc::limit, Errc::device, Errc::output, Errc::interrupted}) {
    if (kind == kind_name(code)) m.error->code = code;
  }
  m.error->where.model = Reader::text_or_empty(error, "model");
  m.error->where.node = Reader::text_or_empty(error, "node");
  m.error->where.op = Reader::text_or_empty(error, "op");
  m.error->where.opset = as_int(Reader::integer_or(error, "opset", 0));
  m.error->where.tensor = Reader::text_or_empty(error, "tensor");
  m.error->hint = Reader::text_or_empty(error, "hint");
}

}  // namespace

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
  m.case_label = Reader::text_or_empty(result, "case");
  m.settings.streams = as_int(Reader::integer_or(settings, "streams", 1));
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
  read_course(r, result, m);
  m.latency = summarize(m.blocks);  // derived from the raw samples, which are the truth
  read_error(result, m);
  return m;
}

}  // namespace vernier::json_in
