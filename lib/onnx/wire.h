#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vernier::onnx {

using Bytes = std::span<const std::byte>;

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// One field of a protobuf message. `value` holds a varint or fixed number, `bytes` a
/// length-delimited payload (a view into the message).
struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;
  Bytes bytes;

  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  [[nodiscard]] std::int64_t as_int() const noexcept { return static_cast<std::int64_t>(value); }
  [[nodiscard]] float as_float() const noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(value));
  }
};

/// Walks the fields of one protobuf message (https://protobuf.dev/programming-guides/encoding/)
/// without copying and never reads outside `message`. Every error is invalid_model E-MODEL-PARSE
/// and names the offset from `origin`, the start of the file. Deprecated groups are skipped.
class WireReader {
 public:
  WireReader(Bytes message, const std::byte* origin) noexcept
      : at_(message.data()), end_(message.data() + message.size()), origin_(origin) {}

  [[nodiscard]] bool done() const noexcept { return at_ == end_; }
  [[nodiscard]] std::size_t offset() const noexcept {
    return at_ == nullptr ? 0 : static_cast<std::size_t>(at_ - origin_);
  }
  [[nodiscard]] const std::byte* origin() const noexcept { return origin_; }
  /// The next field; call only when !done().
  Result<WireField> next();

  /// The error that says what is wrong at `at` (nullptr: the current position).
  [[nodiscard]] Error error(std::string_view what, const std::byte* at = nullptr) const;
  /// Errors unless the field has the wire type that its declaration asks for.
  [[nodiscard]] Result<void> expect(const WireField& field, WireType type) const;

 private:
  bool read_varint(std::uint64_t& value) noexcept;
  Result<void> skip_group(std::uint32_t number);
  const std::byte* at_;
  const std::byte* end_;
  const std::byte* origin_;
};

/// Reads one varint of at most ten bytes from [at, end); nullptr when it is truncated or too long.
const std::byte* parse_varint(const std::byte* at, const std::byte* end,
                              std::uint64_t& value) noexcept;

/// Calls `f(uint64)` for each element of a repeated varint field, packed or not. False when the
/// packed payload is malformed or the wire type is wrong.
template <class F>
bool for_each_varint(const WireField& field, F&& f) {
  if (field.type == WireType::varint) {
    f(field.value);
    return true;
  }
  if (field.type != WireType::bytes) return false;
  const std::byte* at = field.bytes.data();
  const std::byte* end = at + field.bytes.size();
  while (at != end) {
    std::uint64_t value = 0;
    at = parse_varint(at, end, value);
    if (at == nullptr) return false;
    f(value);
  }
  return true;
}

/// The same for repeated float (Bits = uint32_t) and double (uint64_t) fields.
template <class Bits, class F>
bool for_each_fixed(const WireField& field, F&& f) {
  constexpr WireType kType = sizeof(Bits) == 4 ? WireType::fixed32 : WireType::fixed64;
  if (field.type == kType) {
    f(static_cast<Bits>(field.value));
    return true;
  }
  if (field.type != WireType::bytes || field.bytes.size() % sizeof(Bits) != 0) return false;
  for (std::size_t i = 0; i < field.bytes.size(); i += sizeof(Bits)) {
    Bits bits{};
    std::memcpy(&bits, field.bytes.data() + i, sizeof bits);
    f(bits);
  }
  return true;
}

}  // namespace vernier::onnx
