#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/file.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace vernier {

/// The member name (without ".npy") of a tensor name. A name is kept as it is when it can be a file
/// name on every system; otherwise each offending byte becomes %XX (two upper-case hex digits):
/// control characters, bytes of invalid UTF-8, any of / \ : * ? " < > | %, a leading dot, a
/// trailing dot or space; the empty name is "%". Escaped names longer than 200 bytes are cut after
/// 180 bytes and end in "%~" and 16 hex digits of the FNV-1a hash of the whole name. Distinct names
/// stay distinct. unescape_member_name is the inverse; nullopt when the name was cut or is
/// malformed.
std::string escape_member_name(std::string_view name);
std::optional<std::string> unescape_member_name(std::string_view member);

/// A member of a .npz file.
struct NpzEntry {
  std::string name;  ///< member name without ".npy", as stored
  std::uint64_t compressed_bytes = 0;
  std::uint64_t file_bytes = 0;  ///< size of the .npy file
  std::uint64_t local_offset = 0;
  std::uint32_t crc32 = 0;
  bool deflated = false;
};

/// Reads .npz files: ZIP archives (also zip64) of stored or deflated .npy members. Nothing is
/// inflated before the sizes have been checked, inflation stops at the promised size, and the CRC
/// is compared. Members must not overlap. Encrypted members, other methods and members that are not
/// .npy are refused when they are read, not when the file is opened.
class NpzReader {
 public:
  /// Errors: invalid_data E-FILE-OPEN / E-NPZ-FORMAT; limit E-LIMIT-NPZ-MEMBERS.
  static Result<NpzReader> open(const std::string& path);
  /// The same for bytes in memory, which `owner` keeps alive.
  static Result<NpzReader> parse(std::span<const std::byte> bytes,
                                 std::shared_ptr<const void> owner, const std::string& what);

  [[nodiscard]] const std::vector<NpzEntry>& entries() const noexcept { return entries_; }
  /// The entry whose member name is `name` or the escaped form of it.
  [[nodiscard]] const NpzEntry* find(std::string_view name) const;
  /// Errors: invalid_data E-NPZ-MEMBER (no such), E-NPZ-FORMAT, those of .npy; unsupported
  /// E-NPZ-METHOD; limit.
  Result<Tensor> read(std::string_view name,
                      const std::shared_ptr<MemoryBudget>& budget = nullptr) const;
  /// The same, but a stored member whose bytes are the tensor's stays where it is in the file
  /// (Tensor::file_backed, possibly not aligned). Its pages are dropped once the CRC was compared.
  Result<Tensor> map(std::string_view name,
                     const std::shared_ptr<MemoryBudget>& budget = nullptr) const;

 private:
  struct Span {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  /// The entry, when it can be read. Errors: as read.
  Result<const NpzEntry*> readable(std::string_view name) const;
  Result<Span> payload_of(const NpzEntry& entry) const;
  Result<void> read_directory();
  Result<void> check_overlaps() const;

  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  std::string what_;
  bool is_file_ = false;  // bytes_ is a mapping
  std::vector<NpzEntry> entries_;
  std::vector<std::string> refused_;  // per entry: why it cannot be read; empty when it can
};

/// Writes a .npz that numpy, and every other reader of ZIP, can read. Tensors are streamed to the
/// file; it appears under its name only on commit.
class NpzWriter {
 public:
  /// Error: output E-OUTPUT-OPEN.
  static Result<NpzWriter> open(const std::string& path, bool deflate = false);
  /// Adds a member and returns its name in the file (escape_member_name(name)). Errors: usage
  /// E-NPZ-DUPLICATE, output E-OUTPUT-WRITE.
  Result<std::string> add(std::string_view name, const TensorView& view);
  Result<void> commit();

 private:
  explicit NpzWriter(AtomicFile file, bool deflate) : file_(std::move(file)), deflate_(deflate) {}
  AtomicFile file_;
  bool deflate_;
  std::vector<NpzEntry> entries_;
};

}  // namespace vernier
