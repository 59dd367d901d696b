#include "api/json_parts.h"
#include "api/json_writer.h"
#include "vernier/doctor.h"

namespace vernier {
namespace {

void write_capabilities(JsonWriter& json, const char* name,
                        const std::vector<Capability>& capabilities) {
  json.key(name).begin_array();
  for (const Capability& row : capabilities) {
    json.begin_object()
        .member("name", row.name)
        .member("available", row.available)
        .member_or_null("detail", row.detail)
        .member_or_null("reason", row.reason)
        .member_or_null("remedy", row.remedy)
        .end_object();
  }
  json.end_array();
}

void write_cpu(JsonWriter& json, const DoctorReport& report) {
  json.key("cpu").begin_object().member_or_null("model", report.cpu_model).key("features");
  write_strings(json, report.cpu_features);
  write_capabilities(json, "tiers", report.tiers);
  json.member_or_null("VERNIER_ISA", report.isa_variable)
      .member_or_null("isa", report.isa)
      .member_or_null("isa_problem", report.isa_problem)
      .member("online_cores", report.online_cores)
      .member("allowed_cores", report.allowed_cores);
  json.member_or_null("cgroup_cpus", report.cgroup_cpus);
  json.member_or_null("cgroup_throttled_periods", report.cgroup_throttled_periods);
  json.member_or_null("turbo", report.turbo);
  json.member_or_null("smt_siblings", report.smt_siblings);
  json.member_or_null("clocksource", report.clocksource)
      .member("numa_nodes", report.numa_nodes)
      .member_or_null("energy_counter", report.energy_counter)
      .member_or_null("energy_problem", report.energy_problem)
      .member("usable_threads", report.usable_threads)
      .member_or_null("governor", report.governor)
      .member("load_1min", report.load_1min)
      .member("steal_share", report.steal_share)
      .end_object();
}

void write_memory(JsonWriter& json, const DoctorReport& report) {
  json.key("memory").begin_object().member("bytes", report.memory_bytes);
  json.member_or_null("cgroup_bytes", report.cgroup_memory_bytes);
  json.member("default_limit_bytes", report.default_limit_bytes)
      .member_or_null("transparent_huge_pages", report.transparent_huge_pages)
      .end_object();
}

}  // namespace

std::string to_json(const DoctorReport& report) {
  JsonWriter json;
  json.begin_object()
      .member("schema_version", "1.0.0")
      .key("build")
      .begin_object()
      .member("version", report.version)
      .member_or_null("compiler", report.compiler)
      .member_or_null("type", report.build_type)
      .end_object()
      .key("system")
      .begin_object()
      .member_or_null("os", report.os)
      .member_or_null("kernel", report.kernel)
      .member_or_null("hypervisor", report.hypervisor)
      .end_object();
  write_cpu(json, report);
  write_memory(json, report);
  json.key("libraries");
  write_strings(json, report.libraries);
  write_capabilities(json, "backends", report.backends);
  write_capabilities(json, "engines", report.engines);
  json.key("findings").begin_array();
  for (const Finding& finding : report.findings) {
    json.begin_object()
        .member("what", finding.what)
        .member_or_null("remedy", finding.remedy)
        .end_object();
  }
  json.end_array().end_object();
  return json.take();
}

}  // namespace vernier
