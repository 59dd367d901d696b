#include "base/half.h"

#include <cmath>
#include <limits>

namespace vernier {

float16::float16(float value) noexcept {
  const auto u = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((u >> 16U) & 0x8000U);
  const std::uint32_t magnitude = u & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) {
    bits = static_cast<std::uint16_t>(sign | 0x7E00U);
  } else if (magnitude >= 0x477FF000U) {  // rounds to 65536 or more
    bits = static_cast<std::uint16_t>(sign | 0x7C00U);
  } else if (magnitude < 0x38800000U) {  // subnormal: scale so that the unit is 2^-24
    const float scaled = std::bit_cast<float>(magnitude) * 16777216.0F;
    bits = static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyint(scaled)));
  } else {
    const std::uint32_t rebased = magnitude - 0x38000000U;
    bits = static_cast<std::uint16_t>(sign | ((rebased + 0xFFFU + ((rebased >> 13U) & 1U)) >> 13U));
  }
}

float16::operator float() const noexcept {
  const auto sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
  const std::uint32_t mantissa = bits & 0x3FFU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | (mantissa << 13U));
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (mantissa << 13U));
}

namespace {

struct Layout {
  int mantissa_bits;
  int bias;
  int max_code;  ///< largest finite magnitude code (without sign)
  int inf_code;  ///< -1: no infinity
  int nan_code;  ///< -1: no NaN
  bool unsigned_zero;
};

Layout layout_of(Fp8Format format) {
  switch (format) {
    case Fp8Format::e4m3fn:
      return {3, 7, 0x7E, -1, 0x7F, false};
    case Fp8Format::e4m3fnuz:
      return {3, 8, 0x7F, -1, 0x80, true};
    case Fp8Format::e5m2:
      return {2, 15, 0x7B, 0x7C, 0x7F, false};
    case Fp8Format::e5m2fnuz:
      return {2, 16, 0x7F, -1, 0x80, true};
    case Fp8Format::e2m1:
      return {1, 1, 0x07, -1, -1, false};
    case Fp8Format::e8m0:
      break;
  }
  return {0, 127, 0xFE, -1, 0xFF, false};
}

float magnitude_of(int code, const Layout& l) {
  const int exponent = code >> l.mantissa_bits;
  const int mantissa = code & ((1 << l.mantissa_bits) - 1);
  if (exponent == 0) {
    return std::ldexp(static_cast<float>(mantissa), 1 - l.bias - l.mantissa_bits);
  }
  return std::ldexp(static_cast<float>(mantissa + (1 << l.mantissa_bits)),
                    exponent - l.bias - l.mantissa_bits);
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

}  // namespace

float fp8_to_float(std::uint8_t bits, Fp8Format format) noexcept {
  const Layout l = layout_of(format);
  if (format == Fp8Format::e8m0) {
    return bits == 0xFF ? kNan : std::ldexp(1.0F, static_cast<int>(bits) - 127);
  }
  const int sign_bit = format == Fp8Format::e2m1 ? 0x8 : 0x80;
  if (l.unsigned_zero && bits == 0x80) return kNan;
  const int code = bits & (sign_bit - 1);
  const float sign = (bits & sign_bit) != 0 ? -1.0F : 1.0F;
  if (l.inf_code >= 0) {
    if (code == l.inf_code) return sign * kInf;
    if (code > l.inf_code) return kNan;
  } else if (!l.unsigned_zero && code == l.nan_code) {
    return kNan;
  }
  return sign * magnitude_of(code, l);
}

std::uint8_t float_to_fp8(float value, Fp8Format format, bool saturate) noexcept {
  const Layout l = layout_of(format);
  if (format == Fp8Format::e8m0) {
    if (std::isnan(value)) return 0xFF;
    if (std::isinf(value)) return saturate ? 0xFE : 0xFF;
    if (value <= 0.0F) return 0;
    int exponent = 0;
    const float fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent
    int code = exponent - 1 + 127 + (fraction >= 0.75F ? 1 : 0);
    if (code > 0xFE) code = saturate ? 0xFE : 0xFF;
    return static_cast<std::uint8_t>(code < 0 ? 0 : code);
  }
  const int sign_bit = format == Fp8Format::e2m1 ? 0x8 : 0x80;
  const int sign = std::signbit(value) ? sign_bit : 0;
  const auto with_sign = [&](int code) {
    if (l.unsigned_zero && code == 0) return std::uint8_t{0};
    return static_cast<std::uint8_t>(sign | code);
  };
  if (std::isnan(value)) {
    // e2m1 has no NaN: negative zero, as ONNX's conformance data has it.
    if (l.nan_code < 0) return 0x8;
    return l.unsigned_zero ? std::uint8_t{0x80} : static_cast<std::uint8_t>(sign | l.nan_code);
  }
  const auto overflow = [&]() {
    if (saturate || l.nan_code < 0) return with_sign(l.max_code);
    if (l.inf_code >= 0) return static_cast<std::uint8_t>(sign | l.inf_code);
    return l.unsigned_zero ? std::uint8_t{0x80} : static_cast<std::uint8_t>(sign | l.nan_code);
  };
  const float magnitude = std::fabs(value);
  if (std::isinf(magnitude)) return overflow();
  if (magnitude == 0.0F) return with_sign(0);
  int exponent = std::ilogb(magnitude);
  if (exponent < 1 - l.bias) exponent = 1 - l.bias;
  const float unit = std::ldexp(1.0F, exponent - l.mantissa_bits);
  const float steps = std::nearbyint(magnitude / unit);  // exact: unit is a power of two
  const float rounded = steps * unit;
  if (rounded > magnitude_of(l.max_code, l)) return overflow();
  int code = 0;
  const auto whole = static_cast<int>(steps);
  const int hidden = 1 << l.mantissa_bits;
  if (whole < hidden) {
    code = whole;  // subnormal (exponent was clamped)
  } else {
    const int shift = whole >= 2 * hidden ? 1 : 0;
    code = ((exponent + shift + l.bias) << l.mantissa_bits) + ((whole >> shift) - hidden);
  }
  return with_sign(code);
}

}  // namespace vernier
