#include "engine/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vernier {

Result<std::shared_ptr<SharedMemory>> SharedMemory::create(std::size_t bytes) {
  auto memory = std::shared_ptr<SharedMemory>(new SharedMemory());
  memory->size_ = std::max<std::size_t>(bytes, 1);
  memory->fd_ = memfd_create("vernier", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const auto fail = [&] {
    return limit_error("no shared memory of " + std::to_string(bytes) +
                           " bytes: " + std::strerror(errno),  // NOLINT(concurrency-mt-unsafe)
                       "E-LIMIT-MEMORY");
  };
  if (memory->fd_ < 0 || ftruncate(memory->fd_, static_cast<off_t>(memory->size_)) != 0) {
    return fail();
  }
  // A worker that cut the file would end this process with SIGBUS.
  if (fcntl(memory->fd_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) return fail();
  void* data = mmap(nullptr, memory->size_, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd_, 0);
  if (data == MAP_FAILED) return fail();
  memory->data_ = static_cast<std::byte*>(data);
  memory->path_ = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(memory->fd_);
  return memory;
}

Result<std::shared_ptr<SharedMemory>> SharedMemory::open(const std::string& path, std::size_t bytes,
                                                         bool writable) {
  auto memory = std::shared_ptr<SharedMemory>(new SharedMemory());
  memory->size_ = std::max<std::size_t>(bytes, 1);
  memory->path_ = path;
  memory->fd_ = ::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  struct stat info {};
  if (memory->fd_ < 0 || fstat(memory->fd_, &info) != 0 || !S_ISREG(info.st_mode) ||
      static_cast<std::size_t>(info.st_size) < bytes) {
    return invalid_data(
        "shared memory '" + path + "' of " + std::to_string(bytes) + " bytes cannot be opened",
        "E-WORKER-SHM");
  }
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* data = mmap(nullptr, memory->size_, protection, MAP_SHARED, memory->fd_, 0);
  if (data == MAP_FAILED) {
    return invalid_data("shared memory '" + path + "' cannot be mapped", "E-WORKER-SHM");
  }
  memory->data_ = static_cast<std::byte*>(data);
  return memory;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
  if (fd_ >= 0) close(fd_);
}

}  // namespace vernier
