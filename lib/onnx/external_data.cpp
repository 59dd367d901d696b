#include "onnx/external_data.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vernier::onnx {
namespace {

constexpr std::size_t kMaxPathBytes = 4096;

Error external_error(const std::string& what) {
  return invalid_model("external data: " + what, "E-MODEL-EXTERNAL");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || at != end || text.empty()) return std::nullopt;
  return value;
}

struct Location {
  std::optional<std::string> path;
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> length;
};

Result<void> read_entry(Bytes entry, const std::byte* origin, Location& location) {
  WireReader reader(entry, origin);
  std::string_view key;
  std::string_view value;
  while (!reader.done()) {
    VERNIER_ASSIGN(const WireField field, reader.next());
    if (field.number == 1 || field.number == 2) {
      VERNIER_TRY(reader.expect(field, WireType::bytes));
      (field.number == 1 ? key : value) = field.text();
    }
  }
  if (key == "location") {
    if (location.path) return external_error("'location' appears twice");
    location.path = std::string(value);
    return {};
  }
  if (key == "checksum") return {};
  if (key != "offset" && key != "length") {
    return external_error("unknown key '" + std::string(key) + "'");
  }
  const auto number = parse_number(value);
  if (!number) {
    return external_error(std::string(key) + " '" + std::string(value.substr(0, 40)) +
                          "' is not a byte count");
  }
  (key == "offset" ? location.offset : location.length) = *number;
  return {};
}

}  // namespace

Result<ExternalPayload> read_external(const std::vector<Bytes>& entries, std::size_t needed,
                                      TensorSource& source) {
  Location location;
  for (const Bytes entry : entries) {
    VERNIER_TRY(read_entry(entry, source.origin(), location));
  }
  if (!location.path) return external_error("no location is given");
  if (location.path->size() > kMaxPathBytes) {
    return external_error("the location has " + std::to_string(location.path->size()) +
                          " bytes, at most " + std::to_string(kMaxPathBytes) + " make sense");
  }
  const std::uint64_t offset = location.offset.value_or(0);
  const std::uint64_t length = location.length.value_or(needed);
  if (length != needed) {
    return external_error("length is " + std::to_string(length) + " bytes, the tensor needs " +
                          std::to_string(needed));
  }
  VERNIER_ASSIGN(auto file, source.external(*location.path));
  const std::uint64_t size = file->bytes().size();
  if (length > size || offset > size - length) {
    return external_error(std::to_string(length) + " bytes at offset " + std::to_string(offset) +
                          " lie outside '" + *location.path + "' (" + std::to_string(size) +
                          " bytes)");
  }
  return ExternalPayload{file->bytes().subspan(offset, length), file};
}

}  // namespace vernier::onnx
