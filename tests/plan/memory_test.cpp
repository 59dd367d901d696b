#include "plan/memory.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace vernier;

namespace {

bool overlap_in_time(const BufferLifetime& a, const BufferLifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}
bool overlap_in_space(const BufferLifetime& a, const BufferLifetime& b) {
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

}  // namespace

TEST_CASE("buffers that never live together share memory") {
  std::vector<BufferLifetime> buffers{{100, 0, 1, 0}, {100, 2, 3, 0}, {100, 4, 5, 0}};
  CHECK(plan_arena(buffers) == 128);
  for (const auto& buffer : buffers) CHECK(buffer.offset == 0);
}

TEST_CASE("a chain needs its two largest neighbours") {
  // Producer and consumer overlap by one step: 64+640, 640+64, 64+64.
  std::vector<BufferLifetime> buffers{{64, 0, 1, 0}, {640, 1, 2, 0}, {64, 2, 3, 0}, {64, 3, 4, 0}};
  CHECK(plan_arena(buffers) == 704);
}

TEST_CASE("every buffer is at the lowest place that those placed before it leave") {
  std::mt19937 random(11);
  for (int round = 0; round < 40; ++round) {
    std::vector<BufferLifetime> buffers;
    const int steps = 1 + static_cast<int>(random() % 50);
    for (int i = 0; i < 70; ++i) {
      const int first = static_cast<int>(random() % static_cast<unsigned>(steps));
      const int last = first + static_cast<int>(random() % static_cast<unsigned>(steps - first));
      buffers.push_back({random() % 1000, first, last, 0});
    }
    plan_arena(buffers);
    std::vector<std::size_t> order(buffers.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return buffers[a].bytes > buffers[b].bytes;
    });
    for (std::size_t i = 0; i < order.size(); ++i) {
      BufferLifetime trial = buffers[order[i]];
      trial.bytes = (trial.bytes + 63) / 64 * 64;
      const auto blocked = [&] {
        for (std::size_t k = 0; k < i; ++k) {
          BufferLifetime other = buffers[order[k]];
          other.bytes = (other.bytes + 63) / 64 * 64;
          if (overlap_in_time(trial, other) && overlap_in_space(trial, other)) return true;
        }
        return false;
      };
      std::size_t lowest = 0;
      for (trial.offset = 0; blocked(); trial.offset += 64) lowest = trial.offset + 64;
      if (buffers[order[i]].bytes == 0) continue;  // no place is wrong for nothing
      CHECK(buffers[order[i]].offset == lowest);
    }
  }
}

TEST_CASE("a long chain is placed without comparing all pairs") {
  std::vector<BufferLifetime> buffers;
  for (int i = 0; i < 500'000; ++i) buffers.push_back({64, i, i + 1, 0});
  CHECK(plan_arena(buffers) == 128);
}

TEST_CASE("random lifetimes never collide and stay within twice the lower bound") {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<BufferLifetime> buffers;
    for (int i = 0; i < 60; ++i) {
      const int first = static_cast<int>(random() % 40);
      buffers.push_back({1 + random() % 5000, first, first + static_cast<int>(random() % 6), 0});
    }
    const std::size_t total = plan_arena(buffers);
    std::size_t bound = 0;
    for (int t = 0; t < 50; ++t) {
      std::size_t live = 0;
      for (const auto& b : buffers) {
        if (b.first <= t && t <= b.last) live += (b.bytes + 63) / 64 * 64;
      }
      bound = std::max(bound, live);
    }
    CHECK(total >= bound);
    CHECK(total <= 2 * bound);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      CHECK(buffers[i].offset % kArenaAlignment == 0);
      CHECK(buffers[i].offset + buffers[i].bytes <= total);
      for (std::size_t k = 0; k < i; ++k) {
        if (overlap_in_time(buffers[i], buffers[k])) {
          CHECK_FALSE(overlap_in_space(buffers[i], buffers[k]));
        }
      }
    }
  }
}
