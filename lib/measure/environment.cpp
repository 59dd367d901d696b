#include "measure/environment.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "base/cpu_features.h"

#ifndef VERNIER_GIT_COMMIT
#define VERNIER_GIT_COMMIT ""
#endif

namespace vernier {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::optional<double> cgroup_quota() {
  std::istringstream text(first_line("/sys/fs/cgroup/cpu.max"));
  double quota = 0.0;
  double period = 0.0;
  if (text >> quota >> period && quota > 0 && period > 0) return quota / period;
  std::istringstream old_quota(first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  std::istringstream old_period(first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  if (old_quota >> quota && old_period >> period && quota > 0 && period > 0) return quota / period;
  return std::nullopt;
}

std::optional<std::uint64_t> cgroup_memory() {
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::istringstream text(first_line(path));
    std::uint64_t bytes = 0;
    if (text >> bytes && bytes < (1ULL << 62U)) return bytes;
  }
  return std::nullopt;
}

/// The bracketed word of "always [madvise] never".
std::string chosen_word(const std::string& line) {
  const auto begin = line.find('[');
  const auto end = line.find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return line;
  return line.substr(begin + 1, end - begin - 1);
}

std::string os_name() {
  std::ifstream file("/etc/os-release");
  std::string line;
  const std::string key = "PRETTY_NAME=";
  while (std::getline(file, line)) {
    if (line.rfind(key, 0) != 0) continue;
    std::string value = line.substr(key.size());
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

bool under_hypervisor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("flags", 0) == 0) return line.find(" hypervisor") != std::string::npos;
  }
  return false;
}

void read_ticks(Environment& environment) {
  std::istringstream text(first_line("/proc/stat"));
  std::string cpu;
  text >> cpu;
  std::uint64_t ticks = 0;
  for (int column = 0; column < 8 && text >> ticks; ++column) {
    environment.total_ticks += ticks;
    if (column == 7) environment.steal_ticks = ticks;
  }
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace

Environment read_environment() {
  Environment environment;
  const CpuFeatures& cpu = host_cpu_features();
  environment.cpu_model = cpu.brand;
  environment.cpu_features = cpu_feature_names(cpu);
  environment.logical_cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  cpu_set_t mask;
  CPU_ZERO(&mask);
  environment.allowed_cores =
      sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : environment.logical_cores;
  environment.cgroup_cpus = cgroup_quota();
  environment.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  utsname name{};
  if (uname(&name) == 0) {
    environment.kernel = std::string(name.sysname) + " " + name.release + " " + name.machine;
  }
  environment.os = os_name();
  environment.hypervisor = under_hypervisor() ? "present" : "";
  environment.memory_bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                             static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  environment.cgroup_memory_bytes = cgroup_memory();
  environment.transparent_huge_pages =
      chosen_word(first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  std::array<double, 1> load{};
  if (getloadavg(load.data(), 1) == 1) environment.load_1min = load[0];
  read_ticks(environment);
  environment.tool_version = VERNIER_VERSION;
  environment.compiler = VERNIER_COMPILER;
  environment.build_type = VERNIER_BUILD_TYPE;
  environment.git_commit = VERNIER_GIT_COMMIT;
  environment.created_utc = utc_now();
  return environment;
}

std::optional<double> steal_fraction(const Environment& before, const Environment& after) {
  if (after.total_ticks <= before.total_ticks || after.steal_ticks < before.steal_ticks) {
    return std::nullopt;
  }
  return static_cast<double>(after.steal_ticks - before.steal_ticks) /
         static_cast<double>(after.total_ticks - before.total_ticks);
}

}  // namespace vernier
