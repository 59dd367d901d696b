#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "base/result.h"

namespace vernier {

/// Longer times are this one; it is far from where nanoseconds overflow.
inline constexpr double kMaxTimeoutSeconds = 1e8;

/// An exception that gets as far as here is an error and no end of the program.
template <class T, class Work>
Result<T> guarded(Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return limit_error("out of memory", "E-LIMIT-MEMORY");
  } catch (const std::length_error&) {
    return limit_error("out of memory", "E-LIMIT-MEMORY");
  } catch (const std::exception& error) {
    return internal_error(error.what());
  }
}

/// Runs `work()` (a copyable callable that returns Result<T>) and waits for it, but not longer than
/// `timeout_s` (0: for ever) nor once `interrupt` (may be null) is true. Work that is given up
/// keeps its thread until it ends by itself or the process does, so it must own all it uses.
/// Errors: those of the work, limit E-LIMIT-TIMEOUT, interrupted E-INTERRUPTED.
template <class T, class Work>
Result<T> run_job(Work work, double timeout_s, const std::atomic<bool>* interrupt) {
  if (timeout_s <= 0.0 && interrupt == nullptr) return guarded<T>(work);
  timeout_s = std::min(timeout_s, kMaxTimeoutSeconds);
  struct Shared {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<Result<T>> result;
  };
  auto shared = std::make_shared<Shared>();  // shared: with a thread that may outlive this call
  const auto start = std::chrono::steady_clock::now();
  std::thread([shared, work = std::move(work)]() mutable {
    Result<T> result = guarded<T>(work);
    const std::lock_guard lock(shared->mutex);
    shared->result.emplace(std::move(result));
    shared->done.notify_all();
  }).detach();

  using Seconds = std::chrono::duration<double>;
  constexpr std::chrono::milliseconds kPoll{20};
  std::unique_lock lock(shared->mutex);
  while (!shared->result) {
    if (interrupt != nullptr && interrupt->load()) {
      return make_error(Errc::interrupted, "E-INTERRUPTED", "stopped by a signal");
    }
    const Seconds elapsed = std::chrono::steady_clock::now() - start;
    if (timeout_s > 0.0 && elapsed.count() >= timeout_s) {
      return limit_error("it took longer than the timeout of " + std::to_string(timeout_s) + " s",
                         "E-LIMIT-TIMEOUT");
    }
    auto slice = std::chrono::duration_cast<std::chrono::nanoseconds>(kPoll);
    if (timeout_s > 0.0) {
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
          Seconds(timeout_s - elapsed.count()));
      slice = std::min(slice, left + std::chrono::nanoseconds(1));
    }
    shared->done.wait_for(lock, slice);
  }
  return std::move(*shared->result);
}

}  // namespace vernier
