#include "runtime/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>

namespace vernier {
namespace {

void relax() { __builtin_ia32_pause(); }

/// Enough that what a late thread leaves behind is small, few enough that a chunk's start (packing,
/// edges of tiles) costs little.
constexpr std::int64_t kChunksPerThread = 4;

/// How long a thread polls before it sleeps: long enough for the gap between two operators, short
/// enough not to burn a shared CPU after an inference.
constexpr std::chrono::microseconds kSpinTime{50};

/// Polls until value(atomic) != old or the spin time is over; true when it changed.
bool spin_while_equal(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  const auto deadline = std::chrono::steady_clock::now() + kSpinTime;
  while (true) {
    for (int i = 0; i < 64; ++i) {
      if (value.load(std::memory_order_acquire) != old) return true;
      relax();
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

struct Range {
  std::int64_t begin;
  std::int64_t end;
};
Range part_of(std::int64_t items, int part, int parts) {
  const std::int64_t base = items / parts;
  const std::int64_t extra = items % parts;
  const std::int64_t begin = base * part + std::min<std::int64_t>(part, extra);
  return {begin, begin + base + (part < extra ? 1 : 0)};
}

}  // namespace

ThreadPool::ThreadPool(int threads) : shares_(static_cast<std::size_t>(std::max(threads, 1))) {}

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(int threads) {
  std::unique_ptr<ThreadPool> pool(new ThreadPool(threads));
  try {
    pool->workers_.reserve(static_cast<std::size_t>(std::max(threads - 1, 0)));
    for (int i = 1; i < threads; ++i) {
      pool->workers_.emplace_back([self = pool.get(), i] { self->work(i); });
    }
  } catch (const std::exception& error) {  // the destructor ends those that run
    return limit_error("no more than " + std::to_string(pool->workers_.size() + 1) + " of " +
                           std::to_string(threads) + " threads can be started: " + error.what(),
                       "E-LIMIT-THREADS");
  }
  return pool;
}

ThreadPool::~ThreadPool() {
  stopping_.store(true, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::int64_t items, Body body, void* context) {
  if (items <= 0) return;
  const int threads = static_cast<int>(std::min<std::int64_t>(items, thread_count()));
  if (threads == 1) {
    body(context, 0, items, 0);
    return;
  }
  const auto chunks =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(items / threads, 1, kChunksPerThread));
  body_ = body;
  context_ = context;
  items_ = items;
  parts_ = threads * static_cast<int>(chunks);
  const std::uint32_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
  unfinished_.store(static_cast<std::uint32_t>(parts_), std::memory_order_relaxed);
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    const std::uint64_t count = i < static_cast<std::size_t>(threads) ? chunks : 0;
    shares_[i].state.store(std::uint64_t{epoch} << 32U | count << 16U, std::memory_order_release);
  }
  epoch_.store(epoch, std::memory_order_release);
  epoch_.notify_all();
  take_part(0, epoch);
  for (std::uint32_t left = unfinished_.load(std::memory_order_acquire); left != 0;
       left = unfinished_.load(std::memory_order_acquire)) {
    if (!spin_while_equal(unfinished_, left)) unfinished_.wait(left, std::memory_order_acquire);
  }
}

void ThreadPool::take_part(int thread, std::uint32_t epoch) {
  const std::size_t count = shares_.size();
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t owner = (static_cast<std::size_t>(thread) + k) % count;
    std::atomic<std::uint64_t>& state = shares_[owner].state;
    std::uint64_t seen = state.load(std::memory_order_acquire);
    while (true) {
      const std::uint64_t chunks = seen >> 16U & 0xFFFFU;
      const std::uint64_t next = seen & 0xFFFFU;
      if (seen >> 32U != epoch || next >= chunks) break;
      if (!state.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
        continue;
      }
      const Range range = part_of(items_, static_cast<int>(owner * chunks + next), parts_);
      body_(context_, range.begin, range.end, thread);
      if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
      seen = state.load(std::memory_order_acquire);
    }
  }
}

void ThreadPool::work(int thread) {
  std::uint32_t seen = 0;
  while (true) {
    if (!spin_while_equal(epoch_, seen)) epoch_.wait(seen, std::memory_order_acquire);
    const std::uint32_t now = epoch_.load(std::memory_order_acquire);
    if (now == seen) continue;
    seen = now;
    if (stopping_.load(std::memory_order_relaxed)) return;
    take_part(thread, now);
  }
}

}  // namespace vernier
