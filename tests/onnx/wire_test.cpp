#include "onnx/wire.h"

#include <catch2/catch.hpp>

#include "support/onnx_writer.h"

using namespace vernier;
namespace w = onnx_writer;

namespace {

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// Field numbers seen, or the error.
Result<std::vector<unsigned>> walk(const std::string& message) {
  onnx::WireReader reader(as_bytes(message), as_bytes(message).data());
  std::vector<unsigned> numbers;
  while (!reader.done()) {
    VERNIER_ASSIGN(const auto field, reader.next());
    numbers.push_back(field.number);
  }
  return numbers;
}

std::string error_of(const std::string& message) {
  const auto result = walk(message);
  return result ? "accepted" : result.error().id + ": " + result.error().message;
}

}  // namespace

TEST_CASE("fields of every wire type are read") {
  const std::string message = w::number(1, 300) + w::text(2, "abc") + w::fixed32(3, 1.5F) +
                              w::fixed64(4, 2.5) + w::number(500, -1);
  onnx::WireReader reader(as_bytes(message), as_bytes(message).data());
  CHECK(reader.next()->as_int() == 300);
  CHECK(reader.next()->text() == "abc");
  CHECK(reader.next()->as_float() == 1.5F);
  CHECK(std::bit_cast<double>(reader.next()->value) == 2.5);
  const auto last = reader.next();
  CHECK(last->number == 500);
  CHECK(last->as_int() == -1);
  CHECK(reader.done());
}

TEST_CASE("every truncation of a message is an error or a shorter message") {
  const std::string message =
      w::number(1, 1 << 20) + w::text(2, "abcdefgh") + w::fixed32(3, 1) + w::fixed64(4, 2);
  const std::size_t whole[] = {0, 4, 14, 19, 28};
  for (std::size_t size = 0; size <= message.size(); ++size) {
    const bool boundary = std::find(std::begin(whole), std::end(whole), size) != std::end(whole);
    CAPTURE(size);
    CHECK(walk(message.substr(0, size)).has_value() == boundary);
  }
}

TEST_CASE("malformed tags and lengths are refused with the offset") {
  CHECK(error_of(std::string("\x00\x01", 2)).find("invalid field number") != std::string::npos);
  CHECK(error_of("\x0e") ==
        "E-MODEL-PARSE: not a valid ONNX file: invalid wire type at byte offset 1");
  CHECK(error_of("\x0f").find("invalid wire type") != std::string::npos);
  CHECK(error_of("\x0c").find("invalid wire type") != std::string::npos);
  CHECK(error_of(std::string(11, '\xff')).find("truncated field tag") != std::string::npos);
  CHECK(error_of("\x08" + std::string(10, '\xff') + "\x01").find("truncated number") !=
        std::string::npos);
  const std::string huge = "\x0a" + w::varint(~std::uint64_t{0});
  CHECK(error_of(huge).find("18446744073709551615 bytes, but only 0 are left") !=
        std::string::npos);
}

TEST_CASE("a ten byte number is read, an eleven byte one is not") {
  std::uint64_t value = 0;
  const std::string ten = w::varint(~std::uint64_t{0});
  REQUIRE(ten.size() == 10);
  CHECK(onnx::parse_varint(as_bytes(ten).data(), as_bytes(ten).data() + 10, value) != nullptr);
  CHECK(value == ~std::uint64_t{0});
  const std::string eleven = std::string(10, '\x80') + '\x01';
  CHECK(onnx::parse_varint(as_bytes(eleven).data(), as_bytes(eleven).data() + 11, value) ==
        nullptr);
}

TEST_CASE("groups are skipped up to a depth") {
  const auto nested = [](int depth) {
    std::string message;
    for (int i = 0; i < depth; ++i) message += w::tag(7, 3);
    message += w::number(1, 5) + w::text(2, "x") + w::fixed32(3, 1) + w::fixed64(4, 1);
    for (int i = 0; i < depth; ++i) message += w::tag(7, 4);
    return message + w::number(9, 1);
  };
  CHECK(walk(nested(3)).value() == std::vector<unsigned>{9});
  CHECK(walk(nested(100)).has_value());
  CHECK(error_of(nested(101)).find("too deeply") != std::string::npos);
  CHECK_FALSE(walk(w::tag(7, 3) + w::tag(8, 4)).has_value());
  CHECK_FALSE(walk(w::tag(7, 3)).has_value());
}

TEST_CASE("repeated numbers are read packed and unpacked") {
  const std::string message = w::number(1, 7) + w::text(1, w::varint(8) + w::varint(300));
  onnx::WireReader reader(as_bytes(message), as_bytes(message).data());
  std::vector<std::uint64_t> values;
  while (!reader.done()) {
    REQUIRE(onnx::for_each_varint(*reader.next(), [&](std::uint64_t v) { values.push_back(v); }));
  }
  CHECK(values == std::vector<std::uint64_t>{7, 8, 300});
  const std::string broken = w::text(1, "\x80");
  onnx::WireReader second(as_bytes(broken), as_bytes(broken).data());
  CHECK_FALSE(onnx::for_each_varint(*second.next(), [](std::uint64_t) {}));
}
