#include "runtime/thread_pool.h"

#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using namespace vernier;

TEST_CASE("every item is done exactly once, in ranges that depend on counts only") {
  for (const int threads : {1, 2, 3, 5}) {
    const auto made = ThreadPool::create(threads);
    REQUIRE(made);
    ThreadPool& pool = **made;
    CHECK(pool.thread_count() == threads);
    for (const std::int64_t items : {0, 1, 2, 3, 7, 64, 1000}) {
      std::set<std::pair<std::int64_t, std::int64_t>> first_ranges;
      for (int repeat = 0; repeat < 20; ++repeat) {
        std::vector<std::atomic<int>> done(static_cast<std::size_t>(items));
        std::set<std::pair<std::int64_t, std::int64_t>> ranges;
        std::mutex mutex;
        parallel_for(pool, items, [&](std::int64_t begin, std::int64_t end, int thread) {
          for (std::int64_t i = begin; i < end; ++i) ++done[static_cast<std::size_t>(i)];
          const std::lock_guard lock(mutex);
          ranges.emplace(begin, end);
          if (thread < 0 || thread >= threads) ranges.emplace(-1, -1);
        });
        for (const auto& count : done) REQUIRE(count == 1);
        if (repeat == 0) first_ranges = ranges;
        REQUIRE(ranges == first_ranges);
        REQUIRE(ranges.count({-1, -1}) == 0);
      }
    }
  }
}

TEST_CASE("a thread that is held up delays only the chunk it has") {
  const auto made = ThreadPool::create(2);
  REQUIRE(made);
  ThreadPool& pool = **made;
  constexpr std::int64_t kItems = 64;
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::atomic<std::int64_t> done{0};
    std::atomic<bool> held{false};
    bool alone = true;
    parallel_for(pool, kItems, [&](std::int64_t begin, std::int64_t end, int) {
      if (!held.exchange(true)) {  // whoever comes first waits for all the rest
        for (long spins = 0; done < kItems - (end - begin) && alone; ++spins) {
          std::this_thread::yield();
          if (spins > 50'000'000) alone = false;
        }
      }
      done += end - begin;
    });
    REQUIRE(alone);
    REQUIRE(done == kItems);
  }
}

TEST_CASE("many short tasks in a row lose nothing") {
  const auto made = ThreadPool::create(3);
  REQUIRE(made);
  ThreadPool& pool = **made;
  std::atomic<std::int64_t> sum{0};
  for (int round = 0; round < 5000; ++round) {
    parallel_for(pool, 3, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) sum += i + 1;
    });
  }
  CHECK(sum == 5000 * 6);
}

TEST_CASE("threads that the system refuses are an error, and those that started end") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  rlimit tight = before;
  tight.rlim_cur = rlim_t{6} << 30U;  // stacks of 8 MiB: fewer than 4096 fit
  REQUIRE(setrlimit(RLIMIT_AS, &tight) == 0);
  const auto made = ThreadPool::create(4096);
  REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::limit);
  CHECK(made.error().id == "E-LIMIT-THREADS");
}
