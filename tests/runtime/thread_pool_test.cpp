#include "runtime/thread_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <vector>

using namespace vernier;

TEST_CASE("every item is done exactly once, in contiguous ranges that depend on counts only") {
  for (const int threads : {1, 2, 3, 5}) {
    ThreadPool pool(threads);
    CHECK(pool.thread_count() == threads);
    for (const std::int64_t items : {0, 1, 2, 3, 7, 64, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(items));
      std::vector<std::atomic<int>> owner(static_cast<std::size_t>(items));
      parallel_for(pool, items, [&](std::int64_t begin, std::int64_t end, int thread) {
        for (std::int64_t i = begin; i < end; ++i) {
          ++done[static_cast<std::size_t>(i)];
          owner[static_cast<std::size_t>(i)] = thread;
        }
      });
      for (std::int64_t i = 0; i < items; ++i) {
        REQUIRE(done[static_cast<std::size_t>(i)] == 1);
        if (i > 0) {
          REQUIRE(owner[static_cast<std::size_t>(i)] >= owner[static_cast<std::size_t>(i - 1)]);
        }
      }
    }
  }
}

TEST_CASE("many short tasks in a row lose nothing") {
  ThreadPool pool(3);
  std::atomic<std::int64_t> sum{0};
  for (int round = 0; round < 5000; ++round) {
    parallel_for(pool, 3, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) sum += i + 1;
    });
  }
  CHECK(sum == 5000 * 6);
}

TEST_CASE("the pool counts at least one CPU") { CHECK(usable_cpu_count() >= 1); }
