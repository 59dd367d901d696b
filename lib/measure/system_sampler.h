#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vernier {

/// Counters of the whole machine since boot, from /proc/stat.
struct SystemCounters {
  std::int64_t busy_ns = 0;  ///< user, nice, system, irq, softirq of all CPUs; steps of a tick
  std::int64_t steal_ticks = 0;
};
SystemCounters read_system_counters();

/// Mean current frequency of the CPUs this process may run on (cpufreq, else /proc/cpuinfo); absent
/// when the system does not tell.
std::optional<double> read_cpu_mhz();

/// Energy of all CPU packages in microjoules, from the powercap interface (RAPL), which wraps.
struct EnergyReading {
  std::optional<std::uint64_t> microjoules;
  std::uint64_t wraps_at = 0;
  std::string source;
  std::string reason;  ///< why there is none
};

/// Finds the packages' counters once; reading them is cheap then.
class EnergyCounter {
 public:
  EnergyCounter();
  [[nodiscard]] EnergyReading read() const;

 private:
  std::vector<std::string> packages_;  ///< folders of the powercap interface
  std::uint64_t wraps_at_ = 0;
};
/// Joules between two readings, one wrap undone; absent when either has none.
std::optional<double> joules_between(const EnergyReading& before, const EnergyReading& after);

}  // namespace vernier
