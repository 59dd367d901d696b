#include "base/cgroup.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

namespace vernier {
namespace {

/// The folders of this process's group in the hierarchy of `controller`, from itself up to the
/// top. Inside a container the path may name a folder that is not mounted: readers skip those.
std::vector<std::string> group_folders(const std::string& root, const std::string& controller) {
  std::ifstream file(root + "/proc/self/cgroup");
  std::string line;
  std::string unified;
  std::string own;
  bool has_own = false;
  while (std::getline(file, line)) {  // hierarchy:controllers:path
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") unified = path;
    if (controllers.find("," + controller + ",") != std::string::npos) {
      own = path;
      has_own = true;
    }
  }
  const std::string top = root + "/sys/fs/cgroup" + (has_own ? "/" + controller : "");
  std::string path = has_own ? own : unified;
  std::vector<std::string> folders;
  while (path.size() > 1 && path.front() == '/') {
    folders.push_back(top + path);
    path.resize(path.rfind('/'));
  }
  folders.push_back(top);
  return folders;
}

std::optional<double> number_in(const std::string& path) {
  std::ifstream file(path);
  double value = 0.0;
  if (file >> value) return value;
  return std::nullopt;  // "max", or no such file
}

std::optional<double> quota_of(const std::string& folder) {
  if (std::ifstream v2(folder + "/cpu.max"); v2) {
    double quota = 0.0;
    double period = 0.0;
    if (v2 >> quota >> period && quota > 0 && period > 0) return quota / period;
    return std::nullopt;
  }
  const auto quota = number_in(folder + "/cpu.cfs_quota_us");
  const auto period = number_in(folder + "/cpu.cfs_period_us");
  if (quota && period && *quota > 0 && *period > 0) return *quota / *period;
  return std::nullopt;
}

}  // namespace

std::optional<double> cgroup_cpu_quota(const std::string& root) {
  std::optional<double> least;
  for (const std::string& folder : group_folders(root, "cpu")) {
    const auto quota = quota_of(folder);
    if (quota && (!least || *quota < *least)) least = quota;
  }
  return least;
}

std::optional<std::uint64_t> cgroup_memory_limit(const std::string& root) {
  constexpr double kUnlimited = 4.6e18;  // version 1 writes "no limit" as almost 2^63
  std::optional<std::uint64_t> least;
  for (const std::string& folder : group_folders(root, "memory")) {
    for (const char* name : {"/memory.max", "/memory.limit_in_bytes"}) {
      const auto limit = number_in(folder + name);
      if (!limit || *limit < 0.0 || *limit > kUnlimited) continue;
      const auto bytes = static_cast<std::uint64_t>(*limit);
      if (!least || bytes < *least) least = bytes;
    }
  }
  return least;
}

std::optional<std::uint64_t> cgroup_throttled_periods(const std::string& root) {
  for (const std::string& folder : group_folders(root, "cpu")) {
    std::ifstream file(folder + "/cpu.stat");
    std::string key;
    std::uint64_t value = 0;
    while (file >> key >> value) {
      if (key == "nr_throttled") return value;
    }
  }
  return std::nullopt;
}

}  // namespace vernier
