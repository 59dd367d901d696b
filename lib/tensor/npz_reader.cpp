#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "base/checked_math.h"
#include "tensor/crc32.h"
#include "tensor/npy.h"
#include "tensor/npz.h"

namespace vernier {
namespace {

constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::uint64_t kMaxMembers = 65536;
constexpr std::uint64_t kMaxNameBytes = 4096;
// Deflate cannot shrink by more than this factor (RFC 1951: 258 bytes in 2 bits).
constexpr std::uint64_t kMaxInflation = 1032;
constexpr std::string_view kSuffix = ".npy";

/// Little-endian fields at an offset that is known to be inside.
std::uint64_t field(std::span<const std::byte> bytes, std::size_t offset, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(bytes[offset + i])} << (8 * i);
  }
  return value;
}

Error zip_error(const std::string& what, const std::string& why) {
  return invalid_data("'" + what + "' is not a valid .npz: " + why, "E-NPZ-FORMAT");
}

struct Directory {
  std::uint64_t members = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;
};

/// The last end-of-central-directory record whose comment reaches exactly to the end of the file.
std::optional<std::size_t> find_end(std::span<const std::byte> bytes) {
  if (bytes.size() < kEndBytes) return std::nullopt;
  const std::size_t last = bytes.size() - kEndBytes;
  const std::size_t first = last > 0xFFFF ? last - 0xFFFF : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (field(bytes, at, 4) == 0x06054b50 &&
        at + kEndBytes + field(bytes, at + 20, 2) == bytes.size()) {
      return at;
    }
  }
  return std::nullopt;
}

Result<Directory> find_directory(std::span<const std::byte> bytes, const std::string& what) {
  const auto end = find_end(bytes);
  if (!end) return zip_error(what, "it has no end-of-directory record (cut off?)");
  if (field(bytes, *end + 4, 2) != 0 || field(bytes, *end + 6, 2) != 0) {
    const bool zip64 = field(bytes, *end + 4, 2) == 0xFFFF;
    if (!zip64) return zip_error(what, "it spans several disks");
  }
  Directory directory{field(bytes, *end + 10, 2), field(bytes, *end + 12, 4),
                      field(bytes, *end + 16, 4)};
  const bool zip64 = directory.members == 0xFFFF || directory.bytes == 0xFFFFFFFF ||
                     directory.offset == 0xFFFFFFFF;
  std::uint64_t limit = *end;
  if (zip64 && *end >= kLocatorBytes && field(bytes, *end - kLocatorBytes, 4) == 0x07064b50) {
    const std::uint64_t at = field(bytes, *end - kLocatorBytes + 8, 8);
    if (at > bytes.size() - kEnd64Bytes || bytes.size() < kEnd64Bytes ||
        field(bytes, at, 4) != 0x06064b50) {
      return zip_error(what, "the zip64 record is missing");
    }
    directory = {field(bytes, at + 32, 8), field(bytes, at + 40, 8), field(bytes, at + 48, 8)};
    limit = at;
  }
  const auto directory_end = checked_add(directory.offset, directory.bytes);
  if (!directory_end || *directory_end > limit) {
    return zip_error(what, "the directory lies outside the file");
  }
  if (directory.members > kMaxMembers) {
    return limit_error("'" + what + "' has " + std::to_string(directory.members) +
                           " members, the limit is " + std::to_string(kMaxMembers),
                       "E-LIMIT-NPZ-MEMBERS");
  }
  return directory;
}

/// Replaces 32-bit sizes that say "see the zip64 extra field".
bool apply_zip64(std::span<const std::byte> extra, NpzEntry& entry) {
  std::uint64_t* fields[] = {&entry.file_bytes, &entry.compressed_bytes, &entry.local_offset};
  while (extra.size() >= 4) {
    const auto tag = field(extra, 0, 2);
    const auto size = static_cast<std::size_t>(field(extra, 2, 2));
    if (size > extra.size() - 4) return false;
    if (tag == 1) {
      std::size_t at = 4;
      for (std::uint64_t* value : fields) {
        if (*value != 0xFFFFFFFF) continue;
        if (at + 8 > 4 + size) return false;
        *value = field(extra, at, 8);
        at += 8;
      }
      return true;
    }
    extra = extra.subspan(4 + size);
  }
  return std::all_of(std::begin(fields), std::end(fields),
                     [](const std::uint64_t* value) { return *value != 0xFFFFFFFF; });
}

std::string refusal(std::uint64_t flags, std::uint64_t method, bool is_npy) {
  if (!is_npy) return "is not a .npy file";
  if ((flags & 0x1U) != 0) return "is encrypted";
  if (method != 0 && method != 8) {
    return "uses compression method " + std::to_string(method) + " (stored and deflate are known)";
  }
  return {};
}

/// Pulls bytes out of one member, stored or deflated, keeping the CRC. Never gives more than was
/// asked for.
class MemberStream {
 public:
  MemberStream(std::span<const std::byte> payload, bool deflated)
      : payload_(payload), deflated_(deflated) {
    if (deflated_) ready_ = inflateInit2(&stream_, -MAX_WBITS) == Z_OK;
  }
  ~MemberStream() {
    if (deflated_ && ready_) inflateEnd(&stream_);
  }
  MemberStream(const MemberStream&) = delete;
  MemberStream& operator=(const MemberStream&) = delete;

  /// Fills `out` wholly, or says why not.
  const char* read(std::span<std::byte> out) {
    const char* problem = deflated_ ? read_deflated(out) : read_stored(out);
    if (problem != nullptr) return problem;
    crc_ = crc32_of(out, crc_);
    return nullptr;
  }
  /// True when nothing follows what was read.
  bool at_end() {
    if (!deflated_) return position_ == payload_.size();
    if (finished_) return true;
    std::byte extra{};
    return read_deflated({&extra, 1}) != nullptr && finished_;
  }
  [[nodiscard]] std::uint32_t crc() const noexcept { return crc_; }

 private:
  const char* read_stored(std::span<std::byte> out) {
    if (out.size() > payload_.size() - position_) return "its data is cut off";
    if (!out.empty()) std::memcpy(out.data(), payload_.data() + position_, out.size());
    position_ += out.size();
    return nullptr;
  }

  const char* read_deflated(std::span<std::byte> out) {
    if (!ready_) return "zlib cannot start";
    while (!out.empty()) {
      if (finished_) return "its data is cut off";
      const auto in = std::min<std::size_t>(payload_.size() - position_, 1U << 30U);
      const auto room = std::min<std::size_t>(out.size(), 1U << 30U);
      stream_.next_in =
          reinterpret_cast<Bytef*>(const_cast<std::byte*>(payload_.data())) + position_;
      stream_.avail_in = static_cast<uInt>(in);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      position_ += in - stream_.avail_in;
      out = out.subspan(room - stream_.avail_out);
      if (status == Z_STREAM_END) {
        finished_ = true;
      } else if (status != Z_OK) {
        return status == Z_BUF_ERROR ? "its data is cut off" : "its compressed data is damaged";
      }
    }
    return nullptr;
  }

  std::span<const std::byte> payload_;
  bool deflated_;
  bool ready_ = false;
  bool finished_ = false;
  std::size_t position_ = 0;
  z_stream stream_{};
  std::uint32_t crc_ = 0;
};

Result<NpyHeader> read_header(MemberStream& stream, std::vector<std::byte>& header,
                              std::uint64_t file_bytes, const std::string& what) {
  header.resize(static_cast<std::size_t>(std::min<std::uint64_t>(12, file_bytes)));
  if (const char* problem = stream.read(header)) return zip_error(what, problem);
  VERNIER_ASSIGN(const std::size_t size, npy_header_size(header, what));
  if (size > file_bytes || size < header.size()) return zip_error(what, "its header is cut off");
  const std::size_t had = header.size();
  header.resize(size);
  if (const char* problem = stream.read(std::span(header).subspan(had))) {
    return zip_error(what, problem);
  }
  return parse_npy_header(header, what);
}

}  // namespace

Result<NpzReader> NpzReader::open(const std::string& path) {
  VERNIER_ASSIGN(auto file, MappedFile::open(path));
  const auto bytes = file->bytes();
  VERNIER_ASSIGN(NpzReader reader, parse(bytes, std::move(file), path));
  reader.is_file_ = true;
  return reader;
}

Result<NpzReader> NpzReader::parse(std::span<const std::byte> bytes,
                                   std::shared_ptr<const void> owner, const std::string& what) {
  NpzReader reader;
  reader.bytes_ = bytes;
  reader.owner_ = std::move(owner);
  reader.what_ = what;
  VERNIER_TRY(reader.read_directory());
  VERNIER_TRY(reader.check_overlaps());
  return reader;
}

Result<void> NpzReader::read_directory() {
  VERNIER_ASSIGN(const Directory directory, find_directory(bytes_, what_));
  auto rest = bytes_.subspan(static_cast<std::size_t>(directory.offset),
                             static_cast<std::size_t>(directory.bytes));
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < directory.members; ++i) {
    if (rest.size() < kCentralBytes || field(rest, 0, 4) != 0x02014b50) {
      return zip_error(what_, "the directory is cut off");
    }
    const auto name_bytes = static_cast<std::size_t>(field(rest, 28, 2));
    const auto extra_bytes = static_cast<std::size_t>(field(rest, 30, 2));
    const auto comment_bytes = static_cast<std::size_t>(field(rest, 32, 2));
    const std::size_t total = kCentralBytes + name_bytes + extra_bytes + comment_bytes;
    if (total > rest.size()) return zip_error(what_, "the directory is cut off");
    if (name_bytes > kMaxNameBytes) return zip_error(what_, "a member name is too long");
    NpzEntry entry;
    entry.name.assign(reinterpret_cast<const char*>(rest.data()) + kCentralBytes, name_bytes);
    entry.crc32 = static_cast<std::uint32_t>(field(rest, 16, 4));
    entry.compressed_bytes = field(rest, 20, 4);
    entry.file_bytes = field(rest, 24, 4);
    entry.local_offset = field(rest, 42, 4);
    entry.deflated = field(rest, 10, 2) == 8;
    if (!apply_zip64(rest.subspan(kCentralBytes + name_bytes, extra_bytes), entry)) {
      return zip_error(what_, "a zip64 field is damaged");
    }
    const bool is_npy = entry.name.ends_with(kSuffix);
    if (is_npy) entry.name.resize(entry.name.size() - kSuffix.size());
    if (!names.insert(entry.name).second) {
      return zip_error(what_, "member '" + entry.name + "' is there twice");
    }
    refused_.push_back(refusal(field(rest, 8, 2), field(rest, 10, 2), is_npy));
    entries_.push_back(std::move(entry));
    rest = rest.subspan(total);
  }
  return {};
}

Result<NpzReader::Span> NpzReader::payload_of(const NpzEntry& entry) const {
  const auto cut_off = [&] { return zip_error(what_, "member '" + entry.name + "' is cut off"); };
  if (entry.local_offset > bytes_.size() || bytes_.size() - entry.local_offset < kLocalBytes) {
    return cut_off();
  }
  const auto local = bytes_.subspan(static_cast<std::size_t>(entry.local_offset));
  if (field(local, 0, 4) != 0x04034b50) return cut_off();
  const std::uint64_t begin =
      entry.local_offset + kLocalBytes + field(local, 26, 2) + field(local, 28, 2);
  if (begin > bytes_.size() || bytes_.size() - begin < entry.compressed_bytes) return cut_off();
  return Span{begin, begin + entry.compressed_bytes};
}

Result<void> NpzReader::check_overlaps() const {
  std::vector<Span> spans;
  for (const NpzEntry& entry : entries_) {
    VERNIER_ASSIGN(const Span span, payload_of(entry));
    spans.push_back({entry.local_offset, span.end});
  }
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].begin < spans[i - 1].end) return zip_error(what_, "members overlap");
  }
  return {};
}

const NpzEntry* NpzReader::find(std::string_view name) const {
  const std::string escaped = escape_member_name(name);
  for (const NpzEntry& entry : entries_) {
    if (entry.name == name) return &entry;
  }
  for (const NpzEntry& entry : entries_) {
    if (entry.name == escaped) return &entry;
  }
  return nullptr;
}

Result<const NpzEntry*> NpzReader::readable(std::string_view name) const {
  const NpzEntry* entry = find(name);
  if (entry == nullptr) {
    return invalid_data("'" + what_ + "' has no member '" + std::string(name) + "'",
                        "E-NPZ-MEMBER");
  }
  const std::string what = what_ + ":" + entry->name;
  const std::string& refused = refused_[static_cast<std::size_t>(entry - entries_.data())];
  if (!refused.empty()) return unsupported("'" + what + "' " + refused, "E-NPZ-METHOD");
  const bool too_small = entry->deflated
                             ? entry->file_bytes / kMaxInflation > entry->compressed_bytes + 1
                             : entry->file_bytes != entry->compressed_bytes;
  if (too_small) {
    return zip_error(what, std::to_string(entry->compressed_bytes) + " bytes cannot hold the " +
                               std::to_string(entry->file_bytes) + " that it promises");
  }
  return entry;
}

Result<Tensor> NpzReader::map(std::string_view name,
                              const std::shared_ptr<MemoryBudget>& budget) const {
  VERNIER_ASSIGN(const NpzEntry* entry, readable(name));
  if (entry->deflated || !is_file_) return read(name, budget);
  const std::string what = what_ + ":" + entry->name;
  VERNIER_ASSIGN(const Span span, payload_of(*entry));
  const auto member = bytes_.subspan(static_cast<std::size_t>(span.begin),
                                     static_cast<std::size_t>(span.end - span.begin));
  MemberStream stream(member, false);
  std::vector<std::byte> start;
  VERNIER_ASSIGN(const NpyHeader header, read_header(stream, start, entry->file_bytes, what));
  const bool fits = header.payload_bytes == entry->file_bytes - header.header_bytes;
  // Values of the others are checked, which takes reading.
  const bool plain =
      npy_payload_is_memory(header) && header.dtype != DType::boolean && !is_sub_byte(header.dtype);
  if (!fits || !plain) return read(name, budget);
  constexpr std::size_t kPiece = std::size_t{1} << 20U;
  std::uint32_t crc = 0;
  for (std::size_t at = 0; at < member.size(); at += kPiece) {
    const auto piece = member.subspan(at, std::min(kPiece, member.size() - at));
    crc = crc32_of(piece, crc);
    MappedFile::drop_pages(piece.data(), piece.size());
  }
  if (crc != entry->crc32) return zip_error(what, "its checksum (CRC-32) is wrong");
  return Tensor::borrow(header.dtype, header.shape, member.data() + header.header_bytes, owner_,
                        true);
}

Result<Tensor> NpzReader::read(std::string_view name,
                               const std::shared_ptr<MemoryBudget>& budget) const {
  VERNIER_ASSIGN(const NpzEntry* entry, readable(name));
  const std::string what = what_ + ":" + entry->name;
  VERNIER_ASSIGN(const Span span, payload_of(*entry));
  MemberStream stream(bytes_.subspan(static_cast<std::size_t>(span.begin),
                                     static_cast<std::size_t>(span.end - span.begin)),
                      entry->deflated);
  std::vector<std::byte> start;
  VERNIER_ASSIGN(const NpyHeader header, read_header(stream, start, entry->file_bytes, what));
  if (header.payload_bytes != entry->file_bytes - header.header_bytes) {
    return zip_error(what, "its shape needs " + std::to_string(header.payload_bytes) +
                               " bytes, the member holds " +
                               std::to_string(entry->file_bytes - header.header_bytes));
  }
  Tensor tensor;
  Buffer staging;
  const bool direct = npy_payload_is_memory(header);
  std::span<std::byte> target;
  if (direct) {
    VERNIER_ASSIGN(tensor, Tensor::allocate(header.dtype, header.shape, budget));
    target = {tensor.mutable_view().data, header.payload_bytes};
  } else {
    VERNIER_ASSIGN(staging, Buffer::allocate(header.payload_bytes, budget, "npz member"));
    target = {staging.data(), header.payload_bytes};
  }
  if (const char* problem = stream.read(target)) return zip_error(what, problem);
  if (!stream.at_end()) return zip_error(what, "it inflates to more than it promises");
  if (stream.crc() != entry->crc32) return zip_error(what, "its checksum (CRC-32) is wrong");
  if (!direct) return decode_npy_payload(header, target, what, budget);
  VERNIER_TRY(check_npy_values(tensor, what));
  return tensor;
}

}  // namespace vernier
