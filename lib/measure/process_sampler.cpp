#include "measure/process_sampler.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace vernier {
namespace {

namespace fs = std::filesystem;

std::string process_file(std::int64_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

/// Calls visit(path of the thread's folder) for each thread.
template <class Visit>
void for_each_thread(std::int64_t pid, Visit&& visit) {
  std::error_code error;
  fs::directory_iterator at(process_file(pid, "task"), error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) visit(at->path());
}

}  // namespace

std::optional<ProcessMemory> read_process_memory(std::int64_t pid) {
  std::ifstream file(process_file(pid, "status"));
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

ResourceUse read_resource_use(std::int64_t pid) {
  ResourceUse use;
  std::ifstream stat(process_file(pid, "stat"));
  std::string line;
  if (std::getline(stat, line)) {
    // The name in brackets may hold anything: fields are counted from the last bracket (proc(5)).
    std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
    std::string state;
    fields >> state;
    std::int64_t value = 0;
    const std::int64_t tick_ns = 1'000'000'000 / std::max(sysconf(_SC_CLK_TCK), 1L);
    for (int field = 4; field <= 15 && fields >> value; ++field) {
      if (field == 10) use.minor_faults = value;
      if (field == 12) use.major_faults = value;
      if (field == 14) use.user_ns = value * tick_ns;
      if (field == 15) use.system_ns = value * tick_ns;
    }
  }
  for_each_thread(pid, [&](const fs::path& thread) {
    std::ifstream status(thread / "status");
    std::string word;
    while (status >> word) {
      std::int64_t count = 0;
      if (word == "voluntary_ctxt_switches:" && status >> count) use.voluntary_switches += count;
      if (word == "nonvoluntary_ctxt_switches:" && status >> count) {
        use.involuntary_switches += count;
      }
    }
  });
  return use;
}

ResourceUse difference(const ResourceUse& after, const ResourceUse& before) {
  const auto grown = [](std::int64_t a, std::int64_t b) {
    return std::max<std::int64_t>(a - b, 0);
  };
  return {grown(after.user_ns, before.user_ns),
          grown(after.system_ns, before.system_ns),
          grown(after.voluntary_switches, before.voluntary_switches),
          grown(after.involuntary_switches, before.involuntary_switches),
          grown(after.minor_faults, before.minor_faults),
          grown(after.major_faults, before.major_faults)};
}

std::optional<std::int64_t> read_cpu_ns(std::int64_t pid) {
  std::int64_t total = 0;
  bool found = false;
  for_each_thread(pid, [&](const fs::path& thread) {
    std::ifstream file(thread / "schedstat");
    std::int64_t ns = 0;
    if (file >> ns) {
      total += ns;
      found = true;
    }
  });
  if (!found) return std::nullopt;
  return total;
}

}  // namespace vernier
