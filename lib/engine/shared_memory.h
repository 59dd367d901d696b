#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace vernier {

/// Memory shared with a worker process: an anonymous file (memfd), which the other process opens by
/// path as long as the owner lives. Nothing is left behind when either process dies, and the size
/// of /dev/shm does not matter.
class SharedMemory {
 public:
  /// Zeroed memory of at least one byte. Error: limit E-LIMIT-MEMORY.
  static Result<std::shared_ptr<SharedMemory>> create(std::size_t bytes);
  /// Maps another process's memory; `writable` as told. Refuses what is not a regular file of at
  /// least `bytes`. Error: invalid_data E-WORKER-SHM.
  static Result<std::shared_ptr<SharedMemory>> open(const std::string& path, std::size_t bytes,
                                                    bool writable);
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  [[nodiscard]] std::byte* data() noexcept { return data_; }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Where another process finds it: "/proc/<pid>/fd/<n>".
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  SharedMemory() = default;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  int fd_ = -1;
  std::string path_;
};

}  // namespace vernier
