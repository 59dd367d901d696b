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

#include "base/cgroup.h"
#include "base/cpu_features.h"
#include "base/cpu_quota.h"

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

std::optional<bool> read_flag(const char* path, char yes) {
  const std::string line = first_line(path);
  if (line.empty()) return std::nullopt;
  return line.front() == yes;
}

std::optional<bool> turbo_allowed() {
  if (const auto boost = read_flag("/sys/devices/system/cpu/cpufreq/boost", '1')) return boost;
  return read_flag("/sys/devices/system/cpu/intel_pstate/no_turbo", '0');
}

/// Counts the allowed CPUs whose list of siblings ("0,2", "0-1") holds another allowed CPU.
std::optional<int> siblings_allowed() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return std::nullopt;
  const auto allowed = [&](int cpu) {
    return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(cpu), &mask);
  };
  int count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!allowed(cpu)) continue;
    std::istringstream list(first_line(
        ("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list")
            .c_str()));
    int first = 0;
    if (!(list >> first)) return std::nullopt;
    int others = 0;
    const auto note = [&](int sibling) { others += sibling != cpu && allowed(sibling) ? 1 : 0; };
    note(first);
    for (char separator = 0; list >> separator;) {
      int next = 0;
      if (!(list >> next)) break;
      for (int sibling = separator == '-' ? first + 1 : next; sibling <= next; ++sibling) {
        note(sibling);
      }
      first = next;
    }
    if (others > 0) ++count;
  }
  return count;
}

int numa_node_count() {
  int count = 0;
  while (count < 1024 &&
         access(("/sys/devices/system/node/node" + std::to_string(count)).c_str(), F_OK) == 0) {
    ++count;
  }
  return count;
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
  environment.allowed_cores = affinity_cpu_count();
  environment.cgroup_cpus = cgroup_cpu_quota();
  environment.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  utsname name{};
  if (uname(&name) == 0) {
    environment.kernel = std::string(name.sysname) + " " + name.release + " " + name.machine;
  }
  environment.os = os_name();
  environment.hypervisor = under_hypervisor() ? "present" : "";
  environment.memory_bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                             static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  environment.cgroup_memory_bytes = cgroup_memory_limit();
  environment.transparent_huge_pages =
      chosen_word(first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  environment.turbo = turbo_allowed();
  environment.smt = read_flag("/sys/devices/system/cpu/smt/active", '1');
  environment.smt_siblings = siblings_allowed();
  environment.clocksource =
      first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  environment.cgroup_throttled_periods = cgroup_throttled_periods();
  environment.numa_nodes = numa_node_count();
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
