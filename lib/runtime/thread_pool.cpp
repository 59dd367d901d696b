#include "runtime/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>

namespace vernier {
namespace {

/// CPUs granted by the cgroup (v2, then v1), 0 when unlimited or unknown.
double cgroup_quota() {
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2) {
    std::string quota;
    double period = 0;
    if (v2 >> quota >> period && quota != "max" && period > 0) {
      return std::strtod(quota.c_str(), nullptr) / period;
    }
    return 0;
  }
  double quota = 0;
  double period = 0;
  std::ifstream q("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream p("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (q >> quota && p >> period && quota > 0 && period > 0) return quota / period;
  return 0;
}

void relax() { __builtin_ia32_pause(); }

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

int usable_cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
  const double quota = cgroup_quota();
  if (quota > 0) count = std::min(count, static_cast<int>(std::ceil(quota)));
  return std::max(count, 1);
}

ThreadPool::ThreadPool(int threads) {
  for (int i = 1; i < threads; ++i) {
    workers_.emplace_back([this, i] { work(i); });
  }
}

ThreadPool::~ThreadPool() {
  stopping_.store(true, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::int64_t items, Body body, void* context) {
  if (items <= 0) return;
  const int parts = static_cast<int>(std::min<std::int64_t>(items, thread_count()));
  if (parts == 1) {
    body(context, 0, items, 0);
    return;
  }
  body_ = body;
  context_ = context;
  items_ = items;
  parts_ = parts;
  pending_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  const Range mine = part_of(items, 0, parts);
  body(context, mine.begin, mine.end, 0);
  for (std::uint32_t left = pending_.load(std::memory_order_acquire); left != 0;
       left = pending_.load(std::memory_order_acquire)) {
    if (!spin_while_equal(pending_, left)) pending_.wait(left, std::memory_order_acquire);
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
    if (thread < parts_) {
      const Range mine = part_of(items_, thread, parts_);
      body_(context_, mine.begin, mine.end, thread);
    }
    if (pending_.fetch_sub(1, std::memory_order_release) == 1) pending_.notify_one();
  }
}

}  // namespace vernier
