#pragma once

#include <bit>
#include <cstdint>

namespace vernier {

/// IEEE binary16 and bfloat16 as storage; arithmetic is done in float. Conversions round to nearest
/// even, keep infinities and quiet NaNs.
struct float16 {
  std::uint16_t bits = 0;
  float16() = default;
  explicit float16(float value) noexcept;
  explicit operator float() const noexcept;
};
struct bfloat16 {
  std::uint16_t bits = 0;
  bfloat16() = default;
  explicit bfloat16(float value) noexcept {
    const auto u = std::bit_cast<std::uint32_t>(value);
    if ((u & 0x7FFFFFFFU) > 0x7F800000U) {
      bits = static_cast<std::uint16_t>((u >> 16U) | 0x40U);
      return;
    }
    bits = static_cast<std::uint16_t>((u + 0x7FFFU + ((u >> 16U) & 1U)) >> 16U);
  }
  explicit operator float() const noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
  }
};

/// 8-bit and 4-bit floats as storage (OCP 8-bit Floating Point Specification; the "fnuz" variants
/// of Graphcore/AMD have no negative zero and one NaN, 0x80). float_to_fp8 rounds to nearest even;
/// values beyond the range become the maximum when `saturate`, otherwise NaN or infinity.
enum class Fp8Format : std::uint8_t { e4m3fn, e4m3fnuz, e5m2, e5m2fnuz, e8m0, e2m1 };
float fp8_to_float(std::uint8_t bits, Fp8Format format) noexcept;
std::uint8_t float_to_fp8(float value, Fp8Format format, bool saturate = true) noexcept;

template <Fp8Format F>
struct Float8 {
  std::uint8_t bits = 0;
  Float8() = default;
  explicit Float8(float value) noexcept : bits(float_to_fp8(value, F)) {}
  explicit operator float() const noexcept { return fp8_to_float(bits, F); }
};
using float8e4m3fn = Float8<Fp8Format::e4m3fn>;
using float8e4m3fnuz = Float8<Fp8Format::e4m3fnuz>;
using float8e5m2 = Float8<Fp8Format::e5m2>;
using float8e5m2fnuz = Float8<Fp8Format::e5m2fnuz>;
using float8e8m0 = Float8<Fp8Format::e8m0>;
using float4e2m1 = Float8<Fp8Format::e2m1>;

}  // namespace vernier
