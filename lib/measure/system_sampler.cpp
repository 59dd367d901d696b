#include "measure/system_sampler.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vernier {
namespace {

namespace fs = std::filesystem;
constexpr const char* kPowercap = "/sys/class/powercap";

template <class T>
std::optional<T> read_number(const fs::path& path) {
  std::ifstream file(path);
  T value{};
  if (file >> value) return value;
  return std::nullopt;
}

bool allowed(const cpu_set_t& mask, int cpu) {
  return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(cpu), &mask);
}

std::optional<double> mean_of_cpuinfo(const cpu_set_t& mask) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  double sum = 0.0;
  int count = 0;
  int cpu = -1;
  while (std::getline(file, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    if (line.rfind("processor", 0) == 0) cpu = std::atoi(line.c_str() + colon + 1);
    if (line.rfind("cpu MHz", 0) == 0 && allowed(mask, cpu)) {
      sum += std::strtod(line.c_str() + colon + 1, nullptr);
      ++count;
    }
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace

SystemCounters read_system_counters() {
  SystemCounters counters;
  std::ifstream file("/proc/stat");
  std::string cpu;
  file >> cpu;
  const std::int64_t tick_ns = 1'000'000'000 / std::max(sysconf(_SC_CLK_TCK), 1L);
  std::int64_t ticks = 0;
  for (int column = 0; column < 8 && file >> ticks; ++column) {
    constexpr int kIdle = 3;
    constexpr int kIowait = 4;
    constexpr int kSteal = 7;
    if (column == kSteal) {
      counters.steal_ticks = ticks;
    } else if (column != kIdle && column != kIowait) {
      counters.busy_ns += ticks * tick_ns;
    }
  }
  return counters;
}

std::optional<double> read_cpu_mhz() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return std::nullopt;
  double sum = 0.0;
  int count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!allowed(mask, cpu)) continue;
    const auto khz = read_number<double>("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                                         "/cpufreq/scaling_cur_freq");
    if (!khz) return mean_of_cpuinfo(mask);
    sum += *khz / 1000.0;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

EnergyCounter::EnergyCounter() {
  std::error_code error;
  for (fs::directory_iterator at(kPowercap, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    // Packages are "intel-rapl:0"; their parts, "intel-rapl:0:1", are in them.
    if (name.rfind("intel-rapl:", 0) != 0 || std::count(name.begin(), name.end(), ':') != 1) {
      continue;
    }
    packages_.push_back(at->path().string());
    wraps_at_ += read_number<std::uint64_t>(at->path() / "max_energy_range_uj").value_or(0);
  }
}

EnergyReading EnergyCounter::read() const {
  EnergyReading reading;
  reading.wraps_at = wraps_at_;
  for (const fs::path package : packages_) {
    const auto energy = read_number<std::uint64_t>(package / "energy_uj");
    if (!energy) {
      reading.microjoules.reset();
      reading.reason =
          "RAPL is not readable for this user (energy_uj of " + package.filename().string() + ")";
      return reading;
    }
    reading.microjoules = reading.microjoules.value_or(0) + *energy;
  }
  if (packages_.empty()) {
    reading.reason = "the system offers no RAPL counters";
  } else {
    reading.source = "RAPL, all packages";
  }
  return reading;
}

std::optional<double> joules_between(const EnergyReading& before, const EnergyReading& after) {
  if (!before.microjoules || !after.microjoules) return std::nullopt;
  std::uint64_t end = *after.microjoules;
  if (end < *before.microjoules) end += after.wraps_at;
  if (end < *before.microjoules) return std::nullopt;
  return static_cast<double>(end - *before.microjoules) * 1e-6;
}

}  // namespace vernier
