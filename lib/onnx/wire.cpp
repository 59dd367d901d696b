#include "onnx/wire.h"

#include <string>

namespace vernier::onnx {

const std::byte* parse_varint(const std::byte* at, const std::byte* end,
                              std::uint64_t& value) noexcept {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at == end) return nullptr;
    const auto byte = static_cast<std::uint64_t>(*at++);
    if (shift < 64) result |= (byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) {
      value = result;
      return at;
    }
  }
  return nullptr;
}

Error WireReader::error(std::string_view what, const std::byte* at) const {
  const std::byte* place = at == nullptr ? at_ : at;
  const auto where = place == nullptr ? 0 : place - origin_;
  return invalid_model(
      "not a valid ONNX file: " + std::string(what) + " at byte offset " + std::to_string(where),
      "E-MODEL-PARSE");
}

Result<void> WireReader::expect(const WireField& field, WireType type) const {
  if (field.type == type) return {};
  return error("field " + std::to_string(field.number) + " has wire type " +
               std::to_string(static_cast<int>(field.type)) + ", expected " +
               std::to_string(static_cast<int>(type)));
}

bool WireReader::read_varint(std::uint64_t& value) noexcept {
  const std::byte* next = parse_varint(at_, end_, value);
  if (next == nullptr) return false;
  at_ = next;
  return true;
}

Result<WireField> WireReader::next() {
  while (true) {
    WireField field;
    std::uint64_t tag = 0;
    if (done()) return field;  // only after a trailing group; number 0 matches no field
    if (!read_varint(tag)) return error("truncated field tag");
    if (tag > 0xFFFFFFFFU || (tag >> 3U) == 0) return error("invalid field number");
    field.number = static_cast<std::uint32_t>(tag >> 3U);
    const auto left = [&] { return static_cast<std::size_t>(end_ - at_); };
    switch (tag & 7U) {
      case 0:
        field.type = WireType::varint;
        if (!read_varint(field.value)) return error("truncated number");
        return field;
      case 1:
        field.type = WireType::fixed64;
        if (left() < 8) return error("truncated 8-byte number");
        std::memcpy(&field.value, at_, 8);
        at_ += 8;
        return field;
      case 2: {
        field.type = WireType::bytes;
        std::uint64_t length = 0;
        if (!read_varint(length)) return error("truncated length");
        if (length > left()) {
          return error("a field of " + std::to_string(length) + " bytes, but only " +
                       std::to_string(left()) + " are left,");
        }
        field.bytes = {at_, static_cast<std::size_t>(length)};
        at_ += length;
        return field;
      }
      case 5: {
        field.type = WireType::fixed32;
        if (left() < 4) return error("truncated 4-byte number");
        std::uint32_t value = 0;
        std::memcpy(&value, at_, 4);
        field.value = value;
        at_ += 4;
        return field;
      }
      case 3:
        VERNIER_TRY(skip_group(field.number));
        break;
      default:
        return error("invalid wire type");
    }
  }
}

Result<void> WireReader::skip_group(std::uint32_t number) {
  constexpr std::size_t kMaxDepth = 100;
  std::vector<std::uint32_t> open{number};
  while (!open.empty()) {
    std::uint64_t tag = 0;
    std::uint64_t value = 0;
    if (!read_varint(tag) || tag > 0xFFFFFFFFU) return error("truncated group");
    const auto inner = static_cast<std::uint32_t>(tag >> 3U);
    const auto left = static_cast<std::uint64_t>(end_ - at_);
    switch (tag & 7U) {
      case 0:
        if (!read_varint(value)) return error("truncated group");
        break;
      case 1:
      case 5: {
        const std::uint64_t size = (tag & 7U) == 1 ? 8 : 4;
        if (left < size) return error("truncated group");
        at_ += size;
        break;
      }
      case 2:
        if (!read_varint(value) || value > static_cast<std::uint64_t>(end_ - at_)) {
          return error("truncated group");
        }
        at_ += value;
        break;
      case 3:
        if (open.size() >= kMaxDepth) return error("groups nested too deeply");
        open.push_back(inner);
        break;
      case 4:
        if (open.back() != inner) return error("mismatched end of group");
        open.pop_back();
        break;
      default:
        return error("invalid wire type");
    }
  }
  return {};
}

}  // namespace vernier::onnx
