#pragma once

#include <cstdint>
#include <optional>

namespace vernier {

struct ProcessMemory {
  std::uint64_t rss_bytes = 0;
  std::uint64_t peak_rss_bytes = 0;  ///< VmHWM
};

/// From /proc/<pid>/status; nullopt when there is no such process.
std::optional<ProcessMemory> read_process_memory(std::int64_t pid);

}  // namespace vernier
