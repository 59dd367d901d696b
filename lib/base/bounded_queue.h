#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace vernier {

/// A blocking queue between threads that holds at most `capacity` entries and gives them out in the
/// order of their numbers 0, 1, 2, ..., whatever the order in which several producers finish. An
/// entry may enter when its number is below next + capacity, where `next` is the number that goes
/// out next: so the next entry always finds room, and waiting for it can neither deadlock nor make
/// the queue grow. With one producer this is a plain bounded queue.
template <class T>
class BoundedQueue {
 public:
  /// capacity >= 1; 0 counts as 1.
  explicit BoundedQueue(std::size_t capacity)
      : capacity_(static_cast<std::int64_t>(std::max<std::size_t>(capacity, 1))) {}

  /// Waits for room. Each number is pushed once; together they have no gap. False, and the value is
  /// dropped, when the queue is cancelled or closed.
  bool push(std::int64_t number, T value) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return ended() || number < next_ + capacity_; });
    if (ended()) return false;
    entries_.emplace(number, std::move(value));
    max_depth_ = std::max(max_depth_, entries_.size());
    if (number == next_) filled_.notify_all();
    return true;
  }

  /// Waits for the next entry. Nothing when the queue is cancelled, or closed without
  /// the next entry.
  std::optional<std::pair<std::int64_t, T>> pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] {
      return cancelled_ || closed_ || (!entries_.empty() && entries_.begin()->first == next_);
    });
    const auto first = entries_.begin();
    if (cancelled_ || entries_.empty() || first->first != next_) return std::nullopt;
    std::pair<std::int64_t, T> entry(first->first, std::move(first->second));
    entries_.erase(first);
    next_ = entry.first + 1;
    if (!entries_.empty() && entries_.begin()->first == next_) filled_.notify_one();
    lock.unlock();
    room_.notify_all();
    return entry;
  }

  /// No more entries come; those inside can still be taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake();
  }
  /// Ends every waiting and every later call at once; entries are dropped with the queue.
  void cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    wake();
  }

  [[nodiscard]] std::size_t capacity() const noexcept {
    return static_cast<std::size_t>(capacity_);
  }
  [[nodiscard]] std::size_t depth() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }
  /// The most entries that were ever inside at a time.
  [[nodiscard]] std::size_t max_depth() const {
    const std::lock_guard lock(mutex_);
    return max_depth_;
  }

 private:
  [[nodiscard]] bool ended() const { return cancelled_ || closed_; }
  void wake() {
    room_.notify_all();
    filled_.notify_all();
  }

  const std::int64_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::map<std::int64_t, T> entries_;
  std::int64_t next_ = 0;
  std::size_t max_depth_ = 0;
  bool closed_ = false;
  bool cancelled_ = false;
};

}  // namespace vernier
