#pragma once

#include <optional>

namespace vernier {

/// CPUs that the cgroup's quota grants (quota / period; version 2, then 1); absent: no limit.
std::optional<double> cgroup_cpu_quota();

/// CPUs in this process's affinity mask; at least 1.
int affinity_cpu_count();

/// Threads that this process may usefully run: the affinity mask capped by the cgroup's quota
/// (rounded up); at least 1.
int usable_cpu_count();

}  // namespace vernier
