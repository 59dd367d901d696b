#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vernier/export.h"
#include "vernier/result.h"

namespace vernier {

/// Something that could be there: an instruction-set tier, a backend, an engine.
struct Capability {
  std::string name;
  bool available = false;
  std::string detail;  ///< version, or what it runs on
  std::string reason;  ///< why it is not available
  std::string remedy;  ///< what a user can do about it; empty: nothing
};

/// Something that makes measurements on this machine less trustworthy.
struct Finding {
  std::string what;
  std::string remedy;
};

struct DoctorReport {
  std::string version;
  std::string compiler;
  std::string build_type;
  std::string os;
  std::string kernel;
  std::string hypervisor;  ///< empty: none seen
  std::string cpu_model;
  std::vector<std::string> cpu_features;
  std::vector<Capability> tiers;  ///< instruction sets that kernels are written for
  std::string isa_variable;       ///< VERNIER_ISA; empty: not set
  std::string isa;                ///< the tier that will be used; empty when isa_problem says why
  std::string isa_problem;
  int online_cores = 0;
  int allowed_cores = 0;              ///< by the affinity mask
  std::optional<double> cgroup_cpus;  ///< quota
  int usable_threads = 0;             ///< the default of --threads
  std::string governor;               ///< empty: the system does not tell
  std::string transparent_huge_pages;
  std::optional<bool> turbo;        ///< clocks above the nominal one are allowed
  std::optional<int> smt_siblings;  ///< allowed CPUs that share a core with another allowed one
  std::string clocksource;
  std::optional<std::uint64_t> cgroup_throttled_periods;
  int numa_nodes = 0;          ///< 0: unknown
  std::string energy_counter;  ///< where joules come from; empty when energy_problem says why not
  std::string energy_problem;
  std::uint64_t memory_bytes = 0;
  std::optional<std::uint64_t> cgroup_memory_bytes;
  std::uint64_t default_limit_bytes = 0;  ///< the default of --max-memory
  double load_1min = 0.0;
  double steal_share = 0.0;            ///< of CPU time since boot
  std::vector<std::string> libraries;  ///< shared libraries of other projects, with versions
  std::vector<Capability> backends;
  std::vector<Capability> engines;
  std::vector<Finding> findings;
};

struct DoctorOptions {
  bool probe_engines = true;  ///< start every engine once; otherwise `engines` stays empty
};

/// What this machine can do, and why not more.
VERNIER_API Result<DoctorReport> doctor(const DoctorOptions& options = {});

VERNIER_API std::string to_json(const DoctorReport& report);

}  // namespace vernier
