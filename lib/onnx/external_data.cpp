#include "onnx/external_data.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

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

namespace {

enum class Message : std::uint8_t { model, function, graph, node, attribute, sparse, tensor };

/// Which field of a message holds messages on the way to a tensor.
struct Nested {
  Message in;
  std::uint32_t field;
  Message what;
};
constexpr Nested kNested[] = {
    {Message::model, 7, Message::graph},       {Message::model, 25, Message::function},
    {Message::function, 7, Message::node},     {Message::graph, 1, Message::node},
    {Message::graph, 5, Message::tensor},      {Message::graph, 15, Message::sparse},
    {Message::node, 5, Message::attribute},    {Message::attribute, 5, Message::tensor},
    {Message::attribute, 6, Message::graph},   {Message::attribute, 10, Message::tensor},
    {Message::attribute, 11, Message::graph},  {Message::attribute, 22, Message::sparse},
    {Message::attribute, 23, Message::sparse}, {Message::sparse, 1, Message::tensor},
    {Message::sparse, 2, Message::tensor},
};
constexpr std::uint32_t kExternalEntry = 13;  // of a tensor

}  // namespace

Result<std::vector<std::string>> external_locations(const std::string& path) {
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  const Bytes whole = file->bytes();
  std::set<std::string> found;
  std::vector<std::pair<Message, Bytes>> open = {{Message::model, whole}};
  while (!open.empty()) {
    const auto [kind, bytes] = open.back();
    open.pop_back();
    WireReader reader(bytes, whole.data());
    while (!reader.done()) {
      const auto field = reader.next();
      if (!field) break;
      if (field->type != WireType::bytes) continue;
      if (kind == Message::tensor && field->number == kExternalEntry) {
        Location location;
        if (read_entry(field->bytes, whole.data(), location) && location.path) {
          found.insert(*std::move(location.path));
        }
      }
      for (const Nested& nested : kNested) {
        if (nested.in == kind && nested.field == field->number) {
          open.emplace_back(nested.what, field->bytes);
        }
      }
    }
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace vernier::onnx
