#include "base/cpu_quota.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

namespace vernier {

std::optional<double> cgroup_cpu_quota() {
  double quota = 0.0;
  double period = 0.0;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2) {
    if (v2 >> quota >> period && quota > 0 && period > 0) return quota / period;
    return std::nullopt;  // "max 100000"
  }
  std::ifstream old_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream old_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (old_quota >> quota && old_period >> period && quota > 0 && period > 0) return quota / period;
  return std::nullopt;
}

int affinity_cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(CPU_COUNT(&set), 1);
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

int usable_cpu_count() {
  int count = affinity_cpu_count();
  if (const auto quota = cgroup_cpu_quota()) {
    count = std::min(count, static_cast<int>(std::ceil(*quota)));
  }
  return std::max(count, 1);
}

}  // namespace vernier
