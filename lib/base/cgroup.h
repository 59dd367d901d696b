#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vernier {

/// Limits of the control groups that this process is in, the tightest of its group and all groups
/// above it (version 2, else version 1; cgroups(7)). `root` stands for "/" in tests. Absent: no
/// limit is known.
std::optional<double> cgroup_cpu_quota(const std::string& root = "");  ///< CPUs: quota / period
std::optional<std::uint64_t> cgroup_memory_limit(const std::string& root = "");  ///< bytes
/// Periods in which this group was stopped because its CPU quota was used up.
std::optional<std::uint64_t> cgroup_throttled_periods(const std::string& root = "");

}  // namespace vernier
