#include "base/file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace vernier {
namespace {

struct Fd {
  int value = -1;
  explicit Fd(int fd) : value(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (value >= 0) close(value);
  }
};

std::string system_message(int error) {
  return std::strerror(error);
}  // NOLINT(concurrency-mt-unsafe)

/// Component-wise walk with O_NOFOLLOW, for kernels without openat2.
int open_beneath_by_steps(int directory, const std::string& relative) {
  int current = dup(directory);
  std::size_t begin = 0;
  while (current >= 0) {
    const auto end = relative.find('/', begin);
    const std::string part = relative.substr(begin, end - begin);
    if (part == "..") {
      close(current);
      errno = EXDEV;
      return -1;
    }
    const bool last = end == std::string::npos;
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY);
    const int next = openat(current, part.empty() ? "." : part.c_str(), flags);
    const int saved = errno;
    close(current);
    errno = saved;
    if (last || next < 0) return next;
    current = next;
    begin = end + 1;
  }
  return -1;
}

int open_beneath_fd(int directory, const std::string& relative) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = syscall(SYS_openat2, directory, relative.c_str(), &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
  return open_beneath_by_steps(directory, relative);
}

}  // namespace

std::string directory_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::shared_ptr<const MappedFile>> MappedFile::map(int fd, const std::string& name,
                                                          Errc code, const char* id) {
  struct stat info {};
  if (fstat(fd, &info) != 0)
    return make_error(code, id, "'" + name + "': " + system_message(errno));
  if (!S_ISREG(info.st_mode)) return make_error(code, id, "'" + name + "' is not a regular file");
  auto file = std::shared_ptr<MappedFile>(new MappedFile());
  file->size_ = static_cast<std::size_t>(info.st_size);
  if (file->size_ > 0) {
    void* memory = mmap(nullptr, file->size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) {
      return make_error(code, id, "'" + name + "' cannot be mapped: " + system_message(errno));
    }
    file->data_ = static_cast<const std::byte*>(memory);
  }
  return std::shared_ptr<const MappedFile>(std::move(file));
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.value < 0) {
    return invalid_data("cannot open '" + path + "': " + system_message(errno), "E-FILE-OPEN");
  }
  return map(fd.value, path, Errc::invalid_data, "E-FILE-OPEN");
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open_beneath(const std::string& directory,
                                                                   const std::string& relative) {
  constexpr const char* kId = "E-MODEL-EXTERNAL";
  if (relative.empty() || relative.front() == '/' || relative.find('\0') != std::string::npos) {
    return invalid_model("external data location '" + relative + "' is not a relative path", kId);
  }
  for (std::size_t begin = 0; begin <= relative.size();) {
    const auto end = std::min(relative.find('/', begin), relative.size());
    if (relative.substr(begin, end - begin) == "..") {
      return invalid_model("external data location '" + relative + "' leaves the model's directory",
                           kId);
    }
    begin = end + 1;
  }
  const Fd base(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (base.value < 0) {
    return invalid_model("cannot open directory '" + directory + "': " + system_message(errno),
                         kId);
  }
  const Fd fd(open_beneath_fd(base.value, relative));
  if (fd.value < 0) {
    const std::string why = errno == ELOOP   ? "a symbolic link is in the way"
                            : errno == EXDEV ? "it leaves the model's directory"
                                             : system_message(errno);
    return invalid_model("external data '" + relative + "': " + why, kId);
  }
  struct stat info {};
  if (fstat(fd.value, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink > 1) {
    return invalid_model("external data '" + relative + "' has more than one hard link", kId);
  }
  return map(fd.value, relative, Errc::invalid_model, kId);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::drop_pages(const std::byte* data, std::size_t size) noexcept {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGE_SIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + size) / page * page;
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

namespace {

/// Follows symbolic links, also to what does not exist yet; the last one of a ring stays.
std::string follow_links(std::string path) {
  constexpr int kMaxLinks = 40;  // as the kernel
  for (int i = 0; i < kMaxLinks; ++i) {
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    if (error) break;
    path = target.is_absolute() ? target.string() : directory_of(path) + "/" + target.string();
  }
  return path;
}

/// Names that stand for what a process has open, or for devices: never to be replaced by a file.
bool is_system_name(const std::string& path) {
  return path.rfind("/dev/", 0) == 0 || path.rfind("/proc/", 0) == 0 || path.rfind("/sys/", 0) == 0;
}

}  // namespace

Result<AtomicFile> AtomicFile::open(const std::string& path) {
  if (is_system_name(path)) {
    return make_error(Errc::output, "E-OUTPUT-OPEN", "'" + path + "' is not a regular file");
  }
  AtomicFile file;
  file.path_ = follow_links(path);
  if (is_system_name(file.path_)) {
    return make_error(Errc::output, "E-OUTPUT-OPEN", "'" + path + "' is not a regular file");
  }
  file.temporary_ = directory_of(file.path_) + "/.vernier-XXXXXX";
  file.fd_ = mkostemp(file.temporary_.data(), O_CLOEXEC);
  if (file.fd_ < 0) {
    const int error = errno;
    file.temporary_.clear();
    return make_error(Errc::output, "E-OUTPUT-OPEN",
                      "cannot write '" + path + "': " + system_message(error));
  }
  struct stat info {};
  if (stat(file.path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return make_error(Errc::output, "E-OUTPUT-OPEN", "'" + path + "' is not a regular file");
  }
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(file.fd_, 0666U & ~mask);
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      position_(other.position_),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(position_, other.position_);
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  return *this;
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      return make_error(Errc::output, "E-OUTPUT-WRITE",
                        "cannot write '" + path_ + "' after " + std::to_string(position_) +
                            " bytes, " + std::to_string(bytes.size()) +
                            " more needed: " + system_message(errno));
    }
    position_ += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> AtomicFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text.data(), text.size())));
}

Result<void> AtomicFile::rewind() {
  if (ftruncate(fd_, 0) != 0 || lseek(fd_, 0, SEEK_SET) != 0) {
    return make_error(Errc::output, "E-OUTPUT-WRITE",
                      "cannot rewrite '" + path_ + "': " + system_message(errno));
  }
  position_ = 0;
  return {};
}

Result<void> AtomicFile::commit() {
  const auto fail = [&] {
    return make_error(Errc::output, "E-OUTPUT-WRITE",
                      "cannot finish '" + path_ + "': " + system_message(errno));
  };
  if (fsync(fd_) != 0) return fail();
  if (close(std::exchange(fd_, -1)) != 0) return fail();
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return fail();
  temporary_.clear();
  const Fd directory(::open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.value >= 0) fsync(directory.value);
  return {};
}

Result<void> write_text_file(const std::string& path, std::string_view text) {
  VERNIER_ASSIGN(AtomicFile file, AtomicFile::open(path));
  VERNIER_TRY(file.write(text));
  return file.commit();
}

Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  const auto bytes = file->bytes();
  if (bytes.size() > max_bytes) {
    return limit_error("'" + path + "' is larger than " + std::to_string(max_bytes) + " bytes",
                       "E-LIMIT-FILE");
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace vernier
