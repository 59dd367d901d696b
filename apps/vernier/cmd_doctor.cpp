#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/doctor.h>

#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "text.h"

namespace vernier::cli {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string machine_text(const DoctorReport& report) {
  Table table({"", ""});
  table.add(
      {"vernier", fmt::format("{} ({}, {})", report.version, report.compiler, report.build_type)});
  table.add({"system", fmt::format("{}, {}{}", report.os, report.kernel,
                                   report.hypervisor.empty() ? "" : ", virtual machine")});
  table.add({"cpu", report.cpu_model});
  table.add({"features", join(report.cpu_features)});
  table.add(
      {"kernels for",
       (report.isa.empty() ? report.isa_problem : report.isa) +
           (report.isa_variable.empty() ? "" : " (VERNIER_ISA=" + report.isa_variable + ")")});
  std::string cores =
      fmt::format("{} online, {} allowed", report.online_cores, report.allowed_cores);
  if (report.cgroup_cpus) cores += fmt::format(", quota {:.2f}", *report.cgroup_cpus);
  if (report.numa_nodes > 1) cores += fmt::format(", {} NUMA nodes", report.numa_nodes);
  table.add({"cores", fmt::format("{}; {} threads by default", cores, report.usable_threads)});
  constexpr const char* kUntold = "not told by the system";
  table.add({"governor", report.governor.empty() ? kUntold : report.governor});
  table.add({"turbo", report.turbo ? (*report.turbo ? "on" : "off") : kUntold});
  table.add({"SMT", report.smt_siblings
                        ? fmt::format("{} allowed CPUs share a core", *report.smt_siblings)
                        : kUntold});
  table.add({"clock source", report.clocksource.empty() ? kUntold : report.clocksource});
  table.add(
      {"energy", report.energy_counter.empty() ? report.energy_problem : report.energy_counter});
  std::string memory = human_bytes(report.memory_bytes);
  if (report.cgroup_memory_bytes) {
    memory += fmt::format(", cgroup limit {}", human_bytes(*report.cgroup_memory_bytes));
  }
  table.add({"memory",
             fmt::format("{}; {} by default", memory, human_bytes(report.default_limit_bytes))});
  table.add({"huge pages",
             report.transparent_huge_pages.empty() ? kUntold : report.transparent_huge_pages});
  table.add({"load",
             fmt::format("{:.2f}, stolen {:.2f} %", report.load_1min, report.steal_share * 100.0)});
  table.add({"libraries", join(report.libraries)});
  return table.text();
}

std::string capabilities_text(const std::vector<Capability>& rows) {
  Table table({"", "", ""});
  for (const Capability& row : rows) {
    std::string why = row.available ? row.detail : row.reason;
    if (!row.remedy.empty()) why += " -> " + row.remedy;
    table.add({row.name, row.available ? "yes" : "no", why});
  }
  return table.text(2);
}

class DoctorCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "doctor"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Show what this machine can do, and why not more";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier doctor\n"
           "vernier doctor --json | jq .engines";
  }
  void declare(CLI::App& app) override {
    app.add_flag("--no-engines", no_engines_, "do not start the engines to see whether they work");
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    DoctorOptions options;
    options.probe_engines = !no_engines_;
    VERNIER_ASSIGN(const DoctorReport report, doctor(options));
    if (output_.json) {
      console.result(to_json(report));
      return 0;
    }
    console.result(machine_text(report));
    console.result("\n" + console.bold("Instruction sets") + "\n" +
                   capabilities_text(report.tiers));
    console.result("\n" + console.bold("Backends") + "\n" + capabilities_text(report.backends));
    if (!report.engines.empty()) {
      console.result("\n" + console.bold("Engines") + "\n" + capabilities_text(report.engines));
    }
    if (!report.findings.empty()) {
      console.result("\n" + console.bold("Worth knowing before measuring") + "\n");
      Table table({"", ""});
      for (const Finding& finding : report.findings) {
        table.add({finding.what, finding.remedy.empty() ? "" : "-> " + finding.remedy});
      }
      console.result(table.text(2));
    }
    return 0;
  }

 private:
  bool no_engines_ = false;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() { return std::make_unique<DoctorCommand>(); }

}  // namespace vernier::cli
