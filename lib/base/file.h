#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vernier {

/// A read-only memory-mapped regular file. Refuses anything that is not a regular file.
class MappedFile {
 public:
  /// Opens `path` as the user gave it (links allowed). Error: invalid_data E-FILE-OPEN.
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  /// Opens `relative` strictly beneath `directory`: no absolute path, no "..", no symbolic link in
  /// any component, a regular file with one hard link (ONNX external data; openat2(2)
  /// RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS). Error: invalid_model E-MODEL-EXTERNAL.
  static Result<std::shared_ptr<const MappedFile>> open_beneath(const std::string& directory,
                                                                const std::string& relative);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  /// Tells the kernel that the resident pages of this range may be dropped (they are re-read from
  /// the file when touched again). The range must lie in some file's bytes().
  static void drop_pages(const std::byte* data, std::size_t size) noexcept;

 private:
  MappedFile() = default;
  static Result<std::shared_ptr<const MappedFile>> map(int fd, const std::string& name, Errc code,
                                                       const char* id);
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Writes a file so that it is whole or absent: temporary name in the same directory, flush,
/// rename. Opening early proves that the path is writable before work starts.
class AtomicFile {
 public:
  /// Error: output E-OUTPUT-OPEN.
  static Result<AtomicFile> open(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();  ///< removes the temporary file when not committed

  Result<void> write(std::span<const std::byte> bytes);
  Result<void> write(std::string_view text);
  /// Bytes written so far.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// Replaces what was written so far (for documents that are written again as they grow).
  Result<void> rewind();
  /// fsync, rename, fsync of the directory. Error: output E-OUTPUT-WRITE.
  Result<void> commit();

 private:
  AtomicFile() = default;
  int fd_ = -1;
  std::uint64_t position_ = 0;
  std::string path_;
  std::string temporary_;
};

/// Writes a whole small file through AtomicFile. Error: output E-OUTPUT-OPEN, E-OUTPUT-WRITE.
Result<void> write_text_file(const std::string& path, std::string_view text);

/// Whole small file as text; `max_bytes` bounds it. Error: invalid_data E-FILE-OPEN.
Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes);

/// The path without its last component: "." when it has no other, "/" for those of the root.
std::string directory_of(const std::string& path);

}  // namespace vernier
