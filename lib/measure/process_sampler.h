#pragma once

#include <cstdint>
#include <optional>

#include "measure/measurement.h"

namespace vernier {

struct ProcessMemory {
  std::uint64_t rss_bytes = 0;
  std::uint64_t peak_rss_bytes = 0;  ///< VmHWM
};

/// From /proc/<pid>/status; nullopt when there is no such process.
std::optional<ProcessMemory> read_process_memory(std::int64_t pid);

/// CPU time and context switches of all threads that are alive, page faults of the process; zeros
/// when there is no such process. CPU time is in steps of a clock tick.
ResourceUse read_resource_use(std::int64_t pid);
/// after - before, member by member, never below 0 (threads that ended take their counts along).
ResourceUse difference(const ResourceUse& after, const ResourceUse& before);

/// Time that the threads of a process have run, to the nanosecond; nullopt when the kernel keeps no
/// scheduler statistics.
std::optional<std::int64_t> read_cpu_ns(std::int64_t pid);

}  // namespace vernier
