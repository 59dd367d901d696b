#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"

namespace vernier {

/// A byte budget shared by everything that one model allocates. Thread safe. Reservations are made
/// before memory is taken, so a refusal happens before the first byte.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit_bytes) : limit_(limit_bytes) {}
  /// Reserves `bytes`; error (limit, E-LIMIT-MEMORY) naming `what`, the need and what is left.
  Result<void> reserve(std::uint64_t bytes, const char* what);
  void release(std::uint64_t bytes) noexcept { used_.fetch_sub(bytes); }
  [[nodiscard]] std::uint64_t limit_bytes() const noexcept { return limit_; }
  [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_.load(); }

 private:
  std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

/// The default limit: 80 % of the smaller of physical memory and the cgroup limit.
std::uint64_t default_memory_limit_bytes();

/// A budget of `limit_bytes`; 0: of default_memory_limit_bytes(). Shared, because what is reserved
/// gives its bytes back whenever it goes.
std::shared_ptr<MemoryBudget> make_memory_budget(std::uint64_t limit_bytes = 0);

/// 64-byte aligned, uninitialised, move-only memory that gives its reservation back. The budget
/// must outlive the buffer (owned jointly because buffers of one model are freed in any order).
class Buffer {
 public:
  Buffer() = default;
  /// `zeroed` memory comes from the kernel's zero pages where possible. `budget` may be null.
  static Result<Buffer> allocate(std::size_t bytes, const std::shared_ptr<MemoryBudget>& budget,
                                 const char* what, bool zeroed = false);
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(mapped_, other.mapped_);
    std::swap(budget_, other.budget_);
  }
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  bool mapped_ = false;
  std::shared_ptr<MemoryBudget> budget_;
};

}  // namespace vernier
