#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "graph/value_type.h"

namespace vernier::onnx {

// Encoding of protobuf messages (https://protobuf.dev/programming-guides/encoding/) into a string.

void put_varint(std::string& out, std::uint64_t value);
/// A field of wire type varint.
void put_number(std::string& out, std::uint32_t field, std::uint64_t value);
/// A field of wire type fixed32 that holds a float.
void put_float(std::string& out, std::uint32_t field, float value);
/// Tag and length of a length-delimited field whose `length` bytes follow.
void put_head(std::string& out, std::uint32_t field, std::uint64_t length);
/// A length-delimited field.
void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes);

/// An onnx.ValueInfoProto; without a type when `type` has no known dtype.
std::string value_info(std::string_view name, const ValueType& type);
/// An onnx.TypeProto.
std::string type_message(const ValueType& type);

inline std::span<const std::byte> as_bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace vernier::onnx
