#include "base/dtype.h"

#include <array>
#include <string>

namespace vernier {
namespace {

struct Row {
  std::string_view name;
  std::string_view numpy;
  int bits;
  std::size_t size;
  enum Kind : std::uint8_t { none, real, signed_int, unsigned_int, other } kind;
};

constexpr std::array<Row, kDTypeCount> kRows = {{
    {"undefined", "", 0, 0, Row::none},
    {"float", "float32", 32, 4, Row::real},
    {"uint8", "uint8", 8, 1, Row::unsigned_int},
    {"int8", "int8", 8, 1, Row::signed_int},
    {"uint16", "uint16", 16, 2, Row::unsigned_int},
    {"int16", "int16", 16, 2, Row::signed_int},
    {"int32", "int32", 32, 4, Row::signed_int},
    {"int64", "int64", 64, 8, Row::signed_int},
    {"string", "str", 0, sizeof(std::string), Row::other},
    {"bool", "bool", 8, 1, Row::other},
    {"float16", "float16", 16, 2, Row::real},
    {"double", "float64", 64, 8, Row::real},
    {"uint32", "uint32", 32, 4, Row::unsigned_int},
    {"uint64", "uint64", 64, 8, Row::unsigned_int},
    {"complex64", "complex64", 64, 8, Row::other},
    {"complex128", "complex128", 128, 16, Row::other},
    {"bfloat16", "bfloat16", 16, 2, Row::real},
    {"float8e4m3fn", "float8_e4m3fn", 8, 1, Row::real},
    {"float8e4m3fnuz", "float8_e4m3fnuz", 8, 1, Row::real},
    {"float8e5m2", "float8_e5m2", 8, 1, Row::real},
    {"float8e5m2fnuz", "float8_e5m2fnuz", 8, 1, Row::real},
    {"uint4", "uint4", 4, 1, Row::unsigned_int},
    {"int4", "int4", 4, 1, Row::signed_int},
    {"float4e2m1", "float4_e2m1fn", 4, 1, Row::real},
    {"float8e8m0", "float8_e8m0fnu", 8, 1, Row::real},
    {"uint2", "uint2", 2, 1, Row::unsigned_int},
    {"int2", "int2", 2, 1, Row::signed_int},
}};

const Row& row(DType dtype) noexcept {
  const auto index = static_cast<std::size_t>(dtype);
  return kRows[index < kRows.size() ? index : 0];
}

}  // namespace

std::string_view dtype_name(DType dtype) noexcept { return row(dtype).name; }

std::optional<DType> dtype_from_name(std::string_view name) noexcept {
  for (std::size_t i = 1; i < kRows.size(); ++i) {
    if (kRows[i].name == name || kRows[i].numpy == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::optional<DType> dtype_from_onnx(std::int64_t number) noexcept {
  if (number <= 0 || number >= kDTypeCount) return std::nullopt;
  return static_cast<DType>(number);
}

int dtype_bits(DType dtype) noexcept { return row(dtype).bits; }
std::size_t dtype_size(DType dtype) noexcept { return row(dtype).size; }
bool is_floating(DType dtype) noexcept { return row(dtype).kind == Row::real; }
bool is_integer(DType dtype) noexcept {
  return row(dtype).kind == Row::signed_int || row(dtype).kind == Row::unsigned_int;
}
bool is_signed_integer(DType dtype) noexcept { return row(dtype).kind == Row::signed_int; }
bool is_sub_byte(DType dtype) noexcept { return row(dtype).bits > 0 && row(dtype).bits < 8; }

}  // namespace vernier
