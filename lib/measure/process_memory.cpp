#include "measure/process_memory.h"

#include <fstream>
#include <string>

namespace vernier {

std::optional<ProcessMemory> read_process_memory(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  ProcessMemory memory;
  bool found = false;
  std::string word;
  while (file >> word) {
    std::uint64_t kilobytes = 0;
    if (word == "VmHWM:" && file >> kilobytes) memory.peak_rss_bytes = kilobytes * 1024;
    if (word == "VmRSS:" && file >> kilobytes) {
      memory.rss_bytes = kilobytes * 1024;
      found = true;
    }
  }
  if (!found) return std::nullopt;
  return memory;
}

}  // namespace vernier
