#include "base/bounded_queue.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace vernier;

TEST_CASE("entries come out by number, whatever the order they went in") {
  BoundedQueue<std::string> queue(3);
  CHECK(queue.push(2, "c"));
  CHECK(queue.push(1, "b"));
  CHECK(queue.push(0, "a"));
  CHECK(queue.max_depth() == 3);
  for (const char* expected : {"a", "b", "c"}) {
    auto entry = queue.pop();
    REQUIRE(entry);
    CHECK(entry->second == expected);
  }
  CHECK(queue.depth() == 0);
}

TEST_CASE("a closed queue gives what it holds, then nothing") {
  BoundedQueue<int> queue(2);
  CHECK(queue.push(0, 7));
  queue.close();
  CHECK_FALSE(queue.push(1, 8));
  REQUIRE(queue.pop());
  CHECK_FALSE(queue.pop());
  BoundedQueue<int> gap(2);
  CHECK(gap.push(1, 8));
  gap.close();
  CHECK_FALSE(gap.pop());
}

TEST_CASE("cancelling wakes a producer before a full queue and a consumer before an empty one") {
  BoundedQueue<int> full(1);
  REQUIRE(full.push(0, 0));
  BoundedQueue<int> empty(1);
  bool pushed = true;
  bool popped = true;
  std::thread producer([&] { pushed = full.push(1, 1); });
  std::thread consumer([&] { popped = empty.pop().has_value(); });
  full.cancel();
  empty.cancel();
  producer.join();
  consumer.join();
  CHECK_FALSE(pushed);
  CHECK_FALSE(popped);
  CHECK_FALSE(full.pop());
}

TEST_CASE("many producers and consumers: nothing lost, order and bound kept") {
  constexpr std::int64_t kCount = 5000;
  for (const std::size_t capacity : {1U, 2U, 5U}) {
    BoundedQueue<std::unique_ptr<std::int64_t>> first(capacity);
    BoundedQueue<std::int64_t> second(capacity);
    std::atomic<std::int64_t> next{0};
    std::atomic<int> producing{3};
    std::atomic<int> moving{3};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        for (std::int64_t i = next++; i < kCount; i = next++) {
          first.push(i, std::make_unique<std::int64_t>(i * i));
        }
        if (--producing == 0) first.close();
      });
      threads.emplace_back([&] {
        while (auto entry = first.pop()) second.push(entry->first, *entry->second);
        if (--moving == 0) second.close();
      });
    }
    std::int64_t seen = 0;
    bool ordered = true;
    while (auto entry = second.pop()) {
      ordered = ordered && entry->first == seen && entry->second == seen * seen;
      ++seen;
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(ordered);
    CHECK(seen == kCount);
    CHECK(first.max_depth() <= capacity);
    CHECK(second.max_depth() <= capacity);
    CHECK(first.max_depth() >= 1);
  }
}
