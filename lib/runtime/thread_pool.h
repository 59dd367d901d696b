#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"

namespace vernier {

/// A pool whose caller takes part: `threads - 1` workers. Each thread has a contiguous equal share
/// of the items (the same one every time, for its caches), cut into a few chunks; who is done with
/// its own takes chunks of others, so that a thread that the system has put aside delays nobody.
/// What a body computes must not depend on where ranges begin and end. Workers spin briefly between
/// tasks (an inference issues them back to back) and then sleep in the kernel. One caller at a
/// time.
class ThreadPool final : public Parallel {
 public:
  /// `threads` >= 1. Error: limit E-LIMIT-THREADS (the system gives no more threads).
  static Result<std::unique_ptr<ThreadPool>> create(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() override;

  [[nodiscard]] int thread_count() const noexcept override {
    return static_cast<int>(workers_.size()) + 1;
  }
  void run(std::int64_t items, Body body, void* context) override;

 private:
  explicit ThreadPool(int threads);
  /// Chunks of one thread's share that nobody has taken yet: epoch << 32 | count << 16 | next. The
  /// epoch makes a late thread's attempt on an old task fail.
  struct alignas(64) Share {
    std::atomic<std::uint64_t> state{0};
  };
  void work(int thread);
  /// Runs chunks of task `epoch`, own ones first, until none is left.
  void take_part(int thread, std::uint32_t epoch);

  std::vector<std::thread> workers_;
  std::vector<Share> shares_;  // per thread
  // The task. Written while no chunk is out, read after a chunk was taken.
  Body body_ = nullptr;
  void* context_ = nullptr;
  std::int64_t items_ = 0;
  int parts_ = 0;
  std::atomic<bool> stopping_{false};
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  alignas(64) std::atomic<std::uint32_t> unfinished_{0};  // chunks
};

}  // namespace vernier
