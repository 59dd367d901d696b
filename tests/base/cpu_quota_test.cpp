#include "base/cpu_quota.h"

#include <sched.h>

#include <catch2/catch.hpp>

using namespace vernier;

TEST_CASE("threads stay within the affinity mask") {
  cpu_set_t before;
  CPU_ZERO(&before);
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(affinity_cpu_count() == CPU_COUNT(&before));
  CHECK(usable_cpu_count() >= 1);
  CHECK(usable_cpu_count() <= affinity_cpu_count());
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &before)) continue;
    CPU_SET(cpu, &one);
    break;
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(affinity_cpu_count() == 1);
  CHECK(usable_cpu_count() == 1);
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}
