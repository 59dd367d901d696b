#include "base/budget.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "base/cgroup.h"

namespace vernier {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMapThreshold = std::size_t{1} << 20U;
constexpr std::size_t kHugePage = std::size_t{2} << 20U;

}  // namespace

Result<void> MemoryBudget::reserve(std::uint64_t bytes, const char* what) {
  std::uint64_t used = used_.load();
  do {
    if (bytes > limit_ || used > limit_ - bytes) {
      return limit_error(std::string(what) + " needs " + std::to_string(bytes) + " bytes, " +
                             std::to_string(limit_ > used ? limit_ - used : 0) + " of " +
                             std::to_string(limit_) + " are left",
                         "E-LIMIT-MEMORY");
    }
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return {};
}

std::uint64_t default_memory_limit_bytes() {
  const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  std::uint64_t total = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  if (const auto limit = cgroup_memory_limit()) total = std::min(total, *limit);
  return total / 5 * 4;
}

std::shared_ptr<MemoryBudget> make_memory_budget(std::uint64_t limit_bytes) {
  return std::make_shared<MemoryBudget>(limit_bytes > 0 ? limit_bytes
                                                        : default_memory_limit_bytes());
}

Result<Buffer> Buffer::allocate(std::size_t bytes, const std::shared_ptr<MemoryBudget>& budget,
                                const char* what, bool zeroed) {
  Buffer buffer;
  if (bytes == 0) return buffer;
  if (budget) VERNIER_TRY(budget->reserve(bytes, what));
  void* memory = nullptr;
  const bool map = bytes >= kMapThreshold;
  if (map) {
    memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      memory = nullptr;
    } else if (bytes >= 2 * kHugePage) {
      madvise(memory, bytes, MADV_HUGEPAGE);
    }
  } else {
    memory = ::operator new (bytes, std::align_val_t{kAlignment}, std::nothrow);
    if (memory != nullptr && zeroed) std::memset(memory, 0, bytes);
  }
  if (memory == nullptr) {
    if (budget) budget->release(bytes);
    return limit_error("the system has no " + std::to_string(bytes) + " bytes for " + what,
                       "E-LIMIT-MEMORY");
  }
  buffer.data_ = static_cast<std::byte*>(memory);
  buffer.size_ = bytes;
  buffer.mapped_ = map;
  buffer.budget_ = budget;
  return buffer;
}

Buffer::~Buffer() {
  if (data_ == nullptr) return;
  if (mapped_) {
    munmap(data_, size_);
  } else {
    ::operator delete (data_, std::align_val_t{kAlignment});
  }
  if (budget_) budget_->release(size_);
}

}  // namespace vernier
