#pragma once

namespace vernier {

/// CPUs in this process's affinity mask; at least 1.
int affinity_cpu_count();

/// Threads that this process may usefully run: the affinity mask capped by the cgroup's quota
/// (rounded up); at least 1.
int usable_cpu_count();

}  // namespace vernier
