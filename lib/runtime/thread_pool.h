#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "backend/backend.h"

namespace vernier {

/// Threads this process may usefully run: the CPU affinity mask capped by the cgroup CPU quota
/// (rounded up); at least 1.
int usable_cpu_count();

/// A pool whose caller takes part: `threads - 1` workers. Work is split into contiguous equal
/// ranges, one per thread, so that results and assignment do not depend on timing. Workers spin
/// briefly between tasks (an inference issues them back to back) and then sleep in the kernel. One
/// caller at a time.
class ThreadPool final : public Parallel {
 public:
  /// `threads` >= 1.
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() override;

  [[nodiscard]] int thread_count() const noexcept override {
    return static_cast<int>(workers_.size()) + 1;
  }
  void run(std::int64_t items, Body body, void* context) override;

 private:
  void work(int thread);

  std::vector<std::thread> workers_;
  // The task, written before epoch_ is advanced and read after it is seen.
  Body body_ = nullptr;
  void* context_ = nullptr;
  std::int64_t items_ = 0;
  int parts_ = 0;
  std::atomic<bool> stopping_{false};
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  alignas(64) std::atomic<std::uint32_t> pending_{0};
};

}  // namespace vernier
