#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vernier {

/// The machine and its state. Strings are empty and optionals absent when the system does not tell.
struct Environment {
  std::string cpu_model;
  std::vector<std::string> cpu_features;
  int logical_cores = 0;              ///< online
  int allowed_cores = 0;              ///< of this process's affinity mask
  std::optional<double> cgroup_cpus;  ///< quota / period
  std::string governor;
  std::string kernel;
  std::string os;
  std::string hypervisor;  ///< "present" when CPUID says so
  std::uint64_t memory_bytes = 0;
  std::optional<std::uint64_t> cgroup_memory_bytes;
  std::string transparent_huge_pages;
  std::optional<bool> turbo;  ///< clocks above the nominal one are allowed
  std::optional<bool> smt;    ///< cores run more than one hardware thread
  /// Allowed CPUs that share a core with another allowed one.
  std::optional<int> smt_siblings;
  std::string clocksource;                                ///< "tsc", "kvm-clock", ...
  std::optional<std::uint64_t> cgroup_throttled_periods;  ///< since the cgroup exists
  int numa_nodes = 0;                                     ///< 0: unknown
  double load_1min = 0.0;
  std::uint64_t steal_ticks = 0;  ///< of all CPUs since boot
  std::uint64_t total_ticks = 0;
  std::string tool_version;
  std::string compiler;
  std::string build_type;
  std::string git_commit;   ///< empty when the build did not know
  std::string created_utc;  ///< "2025-01-31T12:00:00Z"
};

Environment read_environment();

/// Share of CPU time that the hypervisor took between two readings; absent when unknown.
std::optional<double> steal_fraction(const Environment& before, const Environment& after);

}  // namespace vernier
