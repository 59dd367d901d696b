#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vernier {

/// Element types; the values are those of onnx.TensorProto.DataType.
enum class DType : std::uint8_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e4m3fnuz = 18,
  float8e5m2 = 19,
  float8e5m2fnuz = 20,
  uint4 = 21,
  int4 = 22,
  float4e2m1 = 23,
  float8e8m0 = 24,
  uint2 = 25,
  int2 = 26,
};
inline constexpr int kDTypeCount = 27;

/// ONNX's spelling: "float", "int64", "bfloat16", ...
std::string_view dtype_name(DType dtype) noexcept;
/// Accepts ONNX names and numpy's ("float32", "bool"); nullopt when unknown.
std::optional<DType> dtype_from_name(std::string_view name) noexcept;
/// The DType of an ONNX data_type number, nullopt when out of range or undefined.
std::optional<DType> dtype_from_onnx(std::int64_t number) noexcept;

/// Bits of one element in a packed file payload (4 for int4); 0 for string and undefined.
int dtype_bits(DType dtype) noexcept;
/// Bytes of one element in memory. Sub-byte types take one byte each in memory (unpacked);
/// string elements are std::string objects. 0 for undefined.
std::size_t dtype_size(DType dtype) noexcept;

bool is_floating(DType dtype) noexcept;  ///< real floating types, all widths
bool is_integer(DType dtype) noexcept;   ///< signed and unsigned, all widths; not bool
bool is_signed_integer(DType dtype) noexcept;
bool is_sub_byte(DType dtype) noexcept;

}  // namespace vernier
