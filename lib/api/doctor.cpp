#include "vernier/doctor.h"

#include <link.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "api/backends.h"
#include "api/settings.h"
#include "base/budget.h"
#include "base/cpu_features.h"
#include "base/cpu_quota.h"
#include "engine/engines.h"
#include "measure/environment.h"
#include "measure/system_sampler.h"
#include "vernier/vernier.h"

namespace vernier {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

void describe_tiers(DoctorReport& report) {
  struct Tier {
    IsaTier tier;
    bool compiled;
    const char* needs;
  };
  constexpr std::array<Tier, 3> kTiers = {{
      {IsaTier::generic, true, "nothing special"},
      {IsaTier::avx2, VERNIER_BUILD_AVX2 != 0, "AVX2, FMA, F16C"},
      {IsaTier::avx512, VERNIER_BUILD_AVX512 != 0, "AVX-512 F, BW, VL, DQ"},
  }};
  const IsaTier host = host_cpu_features().tier;
  for (const Tier& tier : kTiers) {
    Capability row;
    row.name = isa_tier_name(tier.tier);
    row.detail = std::string("needs ") + tier.needs;
    row.available = tier.compiled && tier.tier <= host;
    if (!tier.compiled) {
      row.reason = "not part of this build";
    } else if (!row.available) {
      row.reason = "this processor or its operating system does not offer it";
    }
    report.tiers.push_back(std::move(row));
  }
  report.isa_variable = variable("VERNIER_ISA");
  const auto chosen = effective_isa_tier();
  if (chosen) {
    report.isa = isa_tier_name(*chosen);
  } else {
    report.isa_problem = chosen.error().message;
  }
}

void describe_backends(DoctorReport& report) {
  for (const Backend* backend : all_backends()) {
    Capability row;
    row.name = backend->name();
    row.available = true;
    row.detail = backend->name() == kReferenceBackend ? "every operator, scalar and slow"
                                                      : "vector kernels, " + report.isa;
    report.backends.push_back(std::move(row));
  }
  Capability cuda;
  cuda.name = "cuda";
  cuda.reason = "this version has no CUDA backend";
  std::error_code ignored;
  cuda.detail = std::filesystem::exists("/dev/nvidiactl", ignored) ? "an NVIDIA device is present"
                                                                   : "no NVIDIA device was found";
  report.backends.push_back(std::move(cuda));
}

/// What mends an engine that is not available.
std::string engine_remedy(const std::string& name, const std::string& reason) {
  if (reason.find("was not found") != std::string::npos) {
    return "write one (docs/worker-protocol.md) and set VERNIER_WORKERS to its folder";
  }
  const auto told = reason.find(" is not installed; ");
  if (told != std::string::npos) return reason.substr(reason.find("; ", told) + 2);
  if (name == "onnxruntime") return "scripts/install-deps --python";
  return "install the engine for the Python that VERNIER_PYTHON names";
}

void describe_engines(DoctorReport& report) {
  for (EngineAvailability& engine : probe_engines()) {
    Capability row;
    row.name = engine.name;
    row.available = engine.available;
    row.detail = engine.version;
    row.reason = engine.reason;
    if (!row.available) row.remedy = engine_remedy(row.name, row.reason);
    report.engines.push_back(std::move(row));
  }
}

int add_library(dl_phdr_info* info, std::size_t size, void* context) {
  static_cast<void>(size);
  constexpr std::array<std::string_view, 4> kNamed = {"libopencv_", "libfmt", "libz.",
                                                      "libvernier"};
  const std::string_view path = info->dlpi_name;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const bool named = std::any_of(kNamed.begin(), kNamed.end(),
                                 [&](std::string_view name) { return file.starts_with(name); });
  if (!named) return 0;
  // The link's target carries the full version.
  std::error_code error;
  const auto real = std::filesystem::canonical(std::string(path), error);
  static_cast<std::vector<std::string>*>(context)->push_back(error ? std::string(file)
                                                                   : real.filename().string());
  return 0;
}

void describe_machine(const Environment& environment, DoctorReport& report) {
  report.compiler = environment.compiler;
  report.build_type = environment.build_type;
  report.os = environment.os;
  report.kernel = environment.kernel;
  report.hypervisor = environment.hypervisor;
  report.cpu_model = environment.cpu_model;
  report.cpu_features = environment.cpu_features;
  report.online_cores = environment.logical_cores;
  report.allowed_cores = environment.allowed_cores;
  report.cgroup_cpus = environment.cgroup_cpus;
  report.usable_threads = usable_cpu_count();
  report.governor = environment.governor;
  report.transparent_huge_pages = environment.transparent_huge_pages;
  report.turbo = environment.turbo;
  report.smt_siblings = environment.smt_siblings;
  report.clocksource = environment.clocksource;
  report.cgroup_throttled_periods = environment.cgroup_throttled_periods;
  report.numa_nodes = environment.numa_nodes;
  const EnergyReading energy = EnergyCounter().read();
  report.energy_counter = energy.source;
  report.energy_problem = energy.reason;
  report.memory_bytes = environment.memory_bytes;
  report.cgroup_memory_bytes = environment.cgroup_memory_bytes;
  report.default_limit_bytes = default_memory_limit_bytes();
  report.load_1min = environment.load_1min;
  if (environment.total_ticks > 0) {
    report.steal_share =
        static_cast<double>(environment.steal_ticks) / static_cast<double>(environment.total_ticks);
  }
}

void add_findings(DoctorReport& report) {
  const auto add = [&](std::string what, std::string remedy) {
    report.findings.push_back({std::move(what), std::move(remedy)});
  };
  if (!report.isa_problem.empty()) {
    add("VERNIER_ISA cannot be served: " + report.isa_problem, "unset VERNIER_ISA");
  }
  if (!report.governor.empty() && report.governor != "performance") {
    add("the CPU frequency governor is '" + report.governor + "', so clocks vary",
        "cpupower frequency-set -g performance");
  }
  if (report.turbo.value_or(false)) {
    add("turbo is on: clocks depend on heat and on what other cores do",
        "echo 0 > /sys/devices/system/cpu/cpufreq/boost (intel_pstate: echo 1 > "
        "/sys/devices/system/cpu/intel_pstate/no_turbo)");
  }
  if (report.smt_siblings.value_or(0) > 0) {
    add(std::to_string(*report.smt_siblings) + " of the CPUs share a core with another one",
        "echo off > /sys/devices/system/cpu/smt/control, or taskset -c with one CPU of each core");
  }
  if (report.cgroup_throttled_periods.value_or(0) > 0) {
    add("the cgroup's CPU quota stopped this group " +
            std::to_string(*report.cgroup_throttled_periods) + " times",
        "raise cpu.max, or use no more threads than it grants");
  }
  if (report.numa_nodes > 1) {
    add("memory of " + std::to_string(report.numa_nodes) + " NUMA nodes differs in distance",
        "numactl --cpunodebind=0 --membind=0 vernier bench ...");
  }
  if (!report.clocksource.empty() && report.clocksource != "tsc" &&
      report.clocksource != "kvm-clock" && report.clocksource != "arch_sys_counter") {
    add("the clock source '" + report.clocksource + "' is slow to read",
        "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource");
  }
  if (report.load_1min > 0.5 * report.usable_threads) {
    add("other work is running (load " + std::to_string(report.load_1min).substr(0, 4) + ")",
        "stop it before measuring");
  }
  if (report.steal_share > 0.01) {
    add("the hypervisor took " + std::to_string(report.steal_share * 100.0).substr(0, 4) +
            " % of the CPU time since boot",
        "measure on dedicated cores");
  }
  if (report.build_type != "Release") {
    add("this is a '" + report.build_type + "' build, whose times mean little",
        "cmake --preset release");
  }
}

}  // namespace

Result<DoctorReport> doctor(const DoctorOptions& options) {
  DoctorReport report;
  report.version = version();
  describe_machine(read_environment(), report);
  describe_tiers(report);
  describe_backends(report);
  if (options.probe_engines) describe_engines(report);
  dl_iterate_phdr(add_library, &report.libraries);
  std::sort(report.libraries.begin(), report.libraries.end());
  add_findings(report);
  return report;
}

}  // namespace vernier
