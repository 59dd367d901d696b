#include "onnx/wire_writer.h"

#include <bit>

namespace vernier::onnx {

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void put_number(std::string& out, std::uint32_t field, std::uint64_t value) {
  put_varint(out, std::uint64_t{field} << 3U);
  put_varint(out, value);
}

void put_float(std::string& out, std::uint32_t field, float value) {
  put_varint(out, (std::uint64_t{field} << 3U) | 5U);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (unsigned shift = 0; shift < 32U; shift += 8U) out += static_cast<char>(bits >> shift);
}

void put_head(std::string& out, std::uint32_t field, std::uint64_t length) {
  put_varint(out, (std::uint64_t{field} << 3U) | 2U);
  put_varint(out, length);
}

void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_head(out, field, bytes.size());
  out += bytes;
}

std::string type_message(const ValueType& type) {
  std::string tensor;
  put_number(tensor, 1, static_cast<std::uint64_t>(type.dtype));
  if (type.ranked) {
    std::string shape;
    for (const Dim& dim : type.dims) {
      std::string message;
      if (dim.is_known()) {
        put_number(message, 1, static_cast<std::uint64_t>(dim.value));
      } else if (!dim.symbol.empty()) {
        put_bytes(message, 2, dim.symbol);
      }
      put_bytes(shape, 1, message);
    }
    put_bytes(tensor, 2, shape);
  }
  std::string message;
  put_bytes(message, 1, tensor);
  if (type.kind == ValueType::Kind::sequence || type.kind == ValueType::Kind::optional) {
    // TypeProto.sequence_type = 4, optional_type = 9; both hold elem_type = 1.
    std::string inner;
    put_bytes(inner, 1, message);
    message.clear();
    put_bytes(message, type.kind == ValueType::Kind::sequence ? 4U : 9U, inner);
  }
  return message;
}

std::string value_info(std::string_view name, const ValueType& type) {
  std::string out;
  put_bytes(out, 1, name);
  const bool writable = type.kind == ValueType::Kind::tensor ||
                        type.kind == ValueType::Kind::sequence ||
                        type.kind == ValueType::Kind::optional;
  if (writable && type.dtype != DType::undefined) put_bytes(out, 2, type_message(type));
  return out;
}

}  // namespace vernier::onnx
