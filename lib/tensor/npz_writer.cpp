#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "tensor/crc32.h"
#include "tensor/npy.h"
#include "tensor/npz.h"
#include "tensor/utf8.h"

namespace vernier {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kCutName = 180;
constexpr std::uint32_t kFull32 = 0xFFFFFFFF;
constexpr std::uint16_t kDosDate = (0 << 9) | (1 << 5) | 1;  // 1980-01-01: reproducible files

void put(std::string& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (int i = digits - 1; i >= 0; --i) out += kDigits[(value >> (4 * i)) & 0xFU];
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3U;
  return hash;
}

bool is_plain(unsigned char c, bool first, bool last, bool valid_utf8) {
  if (c < 0x20 || c == 0x7F) return false;
  if (c >= 0x80) return valid_utf8;
  if (c == '.') return !first && !last;
  if (c == ' ') return !last;
  return std::string_view("/\\:*?\"<>|%").find(static_cast<char>(c)) == std::string_view::npos;
}

std::string member_file_name(const NpzEntry& entry) { return entry.name + ".npy"; }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

/// Flags of both headers: bit 11 marks UTF-8 names, bit 3 sizes that follow the data.
std::uint32_t flags_of(const NpzEntry& entry) {
  return (is_ascii(entry.name) ? 0U : 0x800U) | (entry.deflated ? 0x8U : 0U);
}

/// Local header with a zip64 field always, so that members above 4 GiB need no second form.
std::string local_header(const NpzEntry& entry) {
  const std::string name = member_file_name(entry);
  std::string out;
  put(out, 0x04034b50, 4);
  put(out, 45, 2);
  put(out, flags_of(entry), 2);
  put(out, entry.deflated ? 8 : 0, 2);
  put(out, 0, 2);
  put(out, kDosDate, 2);
  put(out, entry.deflated ? 0 : entry.crc32, 4);
  put(out, kFull32, 4);
  put(out, kFull32, 4);
  put(out, name.size(), 2);
  put(out, 20, 2);
  out += name;
  put(out, 1, 2);
  put(out, 16, 2);
  put(out, entry.deflated ? 0 : entry.file_bytes, 8);
  put(out, entry.deflated ? 0 : entry.compressed_bytes, 8);
  return out;
}

std::string central_header(const NpzEntry& entry) {
  const std::string name = member_file_name(entry);
  std::string out;
  put(out, 0x02014b50, 4);
  put(out, 0x0300 | 45, 2);  // made on Unix
  put(out, 45, 2);
  put(out, flags_of(entry), 2);
  put(out, entry.deflated ? 8 : 0, 2);
  put(out, 0, 2);
  put(out, kDosDate, 2);
  put(out, entry.crc32, 4);
  put(out, kFull32, 4);
  put(out, kFull32, 4);
  put(out, name.size(), 2);
  put(out, 28, 2);
  put(out, 0, 2);
  put(out, 0, 2);
  put(out, 0, 2);
  put(out, std::uint64_t{0100644} << 16U, 4);
  put(out, kFull32, 4);
  out += name;
  put(out, 1, 2);
  put(out, 24, 2);
  put(out, entry.file_bytes, 8);
  put(out, entry.compressed_bytes, 8);
  put(out, entry.local_offset, 8);
  return out;
}

std::string end_records(std::uint64_t members, std::uint64_t begin, std::uint64_t end) {
  std::string out;
  put(out, 0x06064b50, 4);
  put(out, 44, 8);
  put(out, 0x0300 | 45, 2);
  put(out, 45, 2);
  put(out, 0, 8);  // disk numbers
  put(out, members, 8);
  put(out, members, 8);
  put(out, end - begin, 8);
  put(out, begin, 8);
  put(out, 0x07064b50, 4);
  put(out, 0, 4);
  put(out, end, 8);
  put(out, 1, 4);
  const auto short_members = std::min<std::uint64_t>(members, 0xFFFF);
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, short_members, 2);
  put(out, short_members, 2);
  put(out, std::min<std::uint64_t>(end - begin, kFull32), 4);
  put(out, std::min<std::uint64_t>(begin, kFull32), 4);
  put(out, 0, 2);
  return out;
}

/// Deflates the pieces into the file; returns the compressed size.
Result<std::uint64_t> write_deflated(AtomicFile& file,
                                     std::span<const std::span<const std::byte>> pieces) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return internal_error("zlib cannot start");
  }
  const std::uint64_t begin = file.position();
  std::array<std::byte, std::size_t{64} * 1024> chunk;
  Result<void> written;
  for (std::size_t i = 0; i < pieces.size() && written; ++i) {
    auto rest = pieces[i];
    const bool last_piece = i + 1 == pieces.size();
    bool more = true;
    while (more && written) {
      const auto step = std::min<std::size_t>(rest.size(), 1U << 30U);
      const bool last = last_piece && step == rest.size();
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest.data()));
      stream.avail_in = static_cast<uInt>(step);
      stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream.avail_out = static_cast<uInt>(chunk.size());
      const int status = deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
      if (status == Z_STREAM_ERROR) written = internal_error("zlib lost its state");
      rest = rest.subspan(step - stream.avail_in);
      if (written) written = file.write(std::span(chunk).first(chunk.size() - stream.avail_out));
      more = last ? status != Z_STREAM_END : !rest.empty() || stream.avail_out == 0;
    }
  }
  deflateEnd(&stream);
  if (!written) return std::move(written).error();
  return file.position() - begin;
}

}  // namespace

std::string escape_member_name(std::string_view name) {
  if (name.empty()) return "%";
  const bool valid_utf8 = utf8_code_points(name).has_value();
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (is_plain(c, i == 0, i + 1 == name.size(), valid_utf8)) {
      out += name[i];
    } else {
      out += '%';
      append_hex(out, c, 2);
    }
  }
  if (out.size() <= kLongestName) return out;
  std::size_t cut = kCutName;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U) --cut;
  out.resize(cut);
  out += "%~";
  append_hex(out, fnv1a(name), 16);
  return out;
}

std::optional<std::string> unescape_member_name(std::string_view member) {
  if (member == "%") return "";
  std::string out;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  for (std::size_t i = 0; i < member.size(); ++i) {
    if (member[i] != '%') {
      out += member[i];
      continue;
    }
    if (i + 2 >= member.size()) return std::nullopt;
    const int high = digit(member[i + 1]);
    const int low = digit(member[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Result<NpzWriter> NpzWriter::open(const std::string& path, bool deflate) {
  VERNIER_ASSIGN(AtomicFile file, AtomicFile::open(path));
  return NpzWriter(std::move(file), deflate);
}

Result<std::string> NpzWriter::add(std::string_view name, const TensorView& view) {
  NpzEntry entry;
  entry.name = escape_member_name(name);
  for (const NpzEntry& other : entries_) {
    if (other.name == entry.name) {
      return usage_error("two tensors named '" + std::string(name) + "' for one .npz",
                         "E-NPZ-DUPLICATE");
    }
  }
  Tensor dense;
  TensorView from = view;
  if (!view.is_dense()) {
    VERNIER_ASSIGN(dense, Tensor::copy_of(view));
    from = dense.view();
  }
  const NpyText text = npy_text_of(from);
  const std::string header = make_npy_header(from, text);
  std::string encoded;
  std::span<const std::byte> payload(
      from.data, static_cast<std::size_t>(from.element_count()) * dtype_size(from.dtype));
  if (from.dtype == DType::string) {
    encoded = encode_npy_text(from, text);
    payload = std::as_bytes(std::span(encoded));
  }
  const std::array<std::span<const std::byte>, 2> pieces{std::as_bytes(std::span(header)), payload};
  entry.crc32 = crc32_of(pieces[1], crc32_of(pieces[0]));
  entry.file_bytes = pieces[0].size() + pieces[1].size();
  entry.compressed_bytes = entry.file_bytes;
  entry.deflated = deflate_;
  entry.local_offset = file_.position();
  VERNIER_TRY(file_.write(local_header(entry)));
  if (deflate_) {
    VERNIER_ASSIGN(entry.compressed_bytes, write_deflated(file_, pieces));
    std::string descriptor;
    put(descriptor, 0x08074b50, 4);
    put(descriptor, entry.crc32, 4);
    put(descriptor, entry.compressed_bytes, 8);
    put(descriptor, entry.file_bytes, 8);
    VERNIER_TRY(file_.write(descriptor));
  } else {
    VERNIER_TRY(file_.write(pieces[0]));
    VERNIER_TRY(file_.write(pieces[1]));
  }
  entries_.push_back(entry);
  return entry.name;
}

Result<void> NpzWriter::commit() {
  const std::uint64_t begin = file_.position();
  std::string directory;
  for (const NpzEntry& entry : entries_) directory += central_header(entry);
  VERNIER_TRY(file_.write(directory));
  VERNIER_TRY(file_.write(end_records(entries_.size(), begin, file_.position())));
  return file_.commit();
}

}  // namespace vernier
