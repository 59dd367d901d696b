#include "base/cgroup.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"

using namespace vernier;

namespace {

void put(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("version 2: the tightest limit on the way up counts") {
  const TempDir dir;
  const std::string root = dir.path();
  put(root + "/proc/self/cgroup", "0::/work.slice/job.service\n");
  put(root + "/sys/fs/cgroup/work.slice/cpu.max", "150000 100000\n");
  put(root + "/sys/fs/cgroup/work.slice/job.service/cpu.max", "max 100000\n");
  put(root + "/sys/fs/cgroup/work.slice/memory.max", "1073741824\n");
  put(root + "/sys/fs/cgroup/work.slice/job.service/memory.max", "max\n");
  put(root + "/sys/fs/cgroup/work.slice/job.service/cpu.stat",
      "usage_usec 5\nnr_periods 9\nnr_throttled 4\n");
  CHECK(cgroup_cpu_quota(root) == 1.5);
  CHECK(cgroup_memory_limit(root) == 1073741824U);
  CHECK(cgroup_throttled_periods(root) == 4U);
  put(root + "/sys/fs/cgroup/work.slice/job.service/cpu.max", "50000 100000\n");
  CHECK(cgroup_cpu_quota(root) == 0.5);
}

TEST_CASE("version 2 in a container: the path is not mounted, the top is the own group") {
  const TempDir dir;
  const std::string root = dir.path();
  put(root + "/proc/self/cgroup", "0::/docker/abc\n");
  put(root + "/sys/fs/cgroup/cpu.max", "200000 100000\n");
  put(root + "/sys/fs/cgroup/memory.max", "536870912\n");
  CHECK(cgroup_cpu_quota(root) == 2.0);
  CHECK(cgroup_memory_limit(root) == 536870912U);
}

TEST_CASE("version 1: a hierarchy for each controller") {
  const TempDir dir;
  const std::string root = dir.path();
  put(root + "/proc/self/cgroup", "4:memory:/m\n3:cpu,cpuacct:/c\n0::/\n");
  put(root + "/sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "300000\n");
  put(root + "/sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n");
  put(root + "/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "268435456\n");
  put(root + "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(cgroup_cpu_quota(root) == 3.0);
  CHECK(cgroup_memory_limit(root) == 268435456U);
}

TEST_CASE("no limit is no limit") {
  const TempDir dir;
  CHECK_FALSE(cgroup_cpu_quota(dir.path()));
  CHECK_FALSE(cgroup_memory_limit(dir.path()));
  CHECK_FALSE(cgroup_throttled_periods(dir.path()));
}
