#include "ops/cast_elements.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "base/half.h"
#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

template <class T>
void convert_rows(const TensorView& from, const MutTensorView& to) {
  std::array<T, kRowLength> row;
  for_each_row<2>(from.shape, {from.strides, to.strides},
                  [&](const auto& at, const auto& stride, std::int64_t count) {
                    load_row(from.dtype, element_ptr(from, at[0]), stride[0], count, row.data());
                    store_row(to.dtype, element_ptr(to, at[1]), stride[1], count, row.data());
                  });
}

std::optional<Fp8Format> fp8_format(DType dtype) {
  switch (dtype) {
    case DType::float8e4m3fn:
      return Fp8Format::e4m3fn;
    case DType::float8e4m3fnuz:
      return Fp8Format::e4m3fnuz;
    case DType::float8e5m2:
      return Fp8Format::e5m2;
    case DType::float8e5m2fnuz:
      return Fp8Format::e5m2fnuz;
    case DType::float8e8m0:
      return Fp8Format::e8m0;
    default:
      return std::nullopt;
  }
}

/// float8e8m0 keeps the exponent only; the sign is dropped, NaN and infinities become NaN.
std::uint8_t e8m0_of(float value, const CastOptions& options) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t exponent = (bits >> 23U) & 0xFFU;
  const std::uint32_t fraction = bits & 0x7FFFFFU;
  if (exponent == 0xFFU) return 0xFF;
  bool up = false;
  if (options.rounding == CastOptions::Rounding::up) {
    up = fraction != 0;
  } else if (options.rounding == CastOptions::Rounding::nearest) {
    up = fraction > 0x400000U || (fraction == 0x400000U && exponent > 0);
  }
  if (up && exponent == 0xFEU && options.saturate) up = false;
  return static_cast<std::uint8_t>(exponent + (up ? 1U : 0U));
}

void convert_to_fp8(const TensorView& from, const MutTensorView& to, Fp8Format format,
                    const CastOptions& options) {
  std::array<double, kRowLength> row;
  for_each_row<2>(from.shape, {from.strides, to.strides},
                  [&](const auto& at, const auto& stride, std::int64_t count) {
                    load_row(from.dtype, element_ptr(from, at[0]), stride[0], count, row.data());
                    auto* out = reinterpret_cast<std::uint8_t*>(element_ptr(to, at[1]));
                    for (std::int64_t i = 0; i < count; ++i) {
                      const float value = round_to_odd(row[static_cast<std::size_t>(i)]);
                      out[i * stride[1]] =
                          format == Fp8Format::e8m0
                              ? e8m0_of(static_cast<float>(row[static_cast<std::size_t>(i)]),
                                        options)
                              : float_to_fp8(value, format, options.saturate);
                    }
                  });
}

/// Digits and decimal exponent of the shortest text that reads back as the same value of `dtype`.
std::string shortest_scientific(double value, DType dtype) {
  std::array<char, 64> text{};
  char* const first = text.data();
  char* const last = first + text.size();
  std::to_chars_result end{};
  if (dtype == DType::float64) {
    end = std::to_chars(first, last, value, std::chars_format::scientific);
  } else if (dtype == DType::float32) {
    end = std::to_chars(first, last, static_cast<float>(value), std::chars_format::scientific);
  } else {
    for (int precision = 0; precision < 9; ++precision) {
      end = std::to_chars(first, last, value, std::chars_format::scientific, precision);
      double back = 0.0;
      std::from_chars(first, end.ptr, back);
      alignas(8) std::array<std::byte, 8> element{};
      store_row(dtype, element.data(), 0, 1, &back);
      load_row(dtype, element.data(), 0, 1, &back);
      if (back == value) break;
    }
  }
  return {first, end.ptr};
}

template <class T>
void print_rows(const TensorView& from, const MutTensorView& to) {
  T value{};
  for_each_offset<2>(from.shape, {from.strides, to.strides}, [&](const auto& at) {
    load_row(from.dtype, element_ptr(from, at[0]), 0, 1, &value);
    std::string& text = to.as<std::string>()[at[1]];
    if constexpr (std::is_same_v<T, double>) {
      text = real_to_text(value, from.dtype);
    } else if (from.dtype == DType::boolean) {
      text = value != 0 ? "True" : "False";
    } else {
      text = std::to_string(value);
    }
  });
}

/// Reads the whole text as a number of lane T.
template <class T>
bool read_number(const std::string& text, T& value) {
  const char* first = text.data();
  const char* const last = first + text.size();
  while (first != last && *first == ' ') ++first;
  const char* end = last;
  while (end != first && end[-1] == ' ') --end;
  if (first != end && *first == '+') ++first;
  const auto result = std::from_chars(first, end, value);
  return result.ec == std::errc{} && result.ptr == end && first != end;
}

template <class T>
Result<void> read_rows(const TensorView& from, const MutTensorView& to) {
  std::string bad;
  bool failed = false;
  for_each_offset<2>(from.shape, {from.strides, to.strides}, [&](const auto& at) {
    const std::string& text = from.as<std::string>()[at[0]];
    T value{};
    if (read_number(text, value)) {
      store_row(to.dtype, element_ptr(to, at[1]), 0, 1, &value);
      return;
    }
    double real = 0.0;
    if (read_number(text, real)) {
      store_row(to.dtype, element_ptr(to, at[1]), 0, 1, &real);
    } else if (!failed) {
      failed = true;
      bad = text;
    }
  });
  if (failed) return invalid_data("'" + bad + "' is not a number", "E-DATA-VALUE");
  return {};
}

}  // namespace

std::string real_to_text(double value, DType dtype) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0.0 ? "inf" : "-inf";
  if (value == 0.0) return std::signbit(value) ? "-0.0" : "0.0";
  std::string text = shortest_scientific(value, dtype);
  const double magnitude = std::fabs(value);
  if (magnitude < 1e-4 || magnitude >= 1e16) return text;
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::size_t digits_at = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + digits_at, text.data() + text.size(), exponent);
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  std::string fixed = value < 0.0 ? "-" : "";
  if (exponent < 0) {
    return fixed + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  fixed += digits.substr(0, whole) + ".";
  return fixed + (digits.size() > whole ? digits.substr(whole) : "0");
}

Result<void> cast_elements(const TensorView& from, const MutTensorView& to,
                           const CastOptions& options) {
  if (from.dtype == to.dtype) {
    copy_elements(from, to);
    return {};
  }
  const Lane source = lane_of(from.dtype);
  const Lane target = lane_of(to.dtype);
  if (from.dtype == DType::string && target != Lane::none) {
    if (target == Lane::real) return read_rows<double>(from, to);
    if (target == Lane::signed_int) return read_rows<std::int64_t>(from, to);
    return read_rows<std::uint64_t>(from, to);
  }
  if (source == Lane::none) return unsupported_dtype(from.dtype);
  if (to.dtype == DType::string) {
    if (source == Lane::real) {
      print_rows<double>(from, to);
    } else if (source == Lane::signed_int) {
      print_rows<std::int64_t>(from, to);
    } else {
      print_rows<std::uint64_t>(from, to);
    }
    return {};
  }
  if (target == Lane::none) return unsupported_dtype(to.dtype);
  if (const auto format = fp8_format(to.dtype)) {
    convert_to_fp8(from, to, *format, options);
  } else if (source == Lane::real) {
    convert_rows<double>(from, to);
  } else if (source == Lane::signed_int) {
    convert_rows<std::int64_t>(from, to);
  } else {
    convert_rows<std::uint64_t>(from, to);
  }
  return {};
}

Result<Tensor> cast_tensor(const Tensor& tensor, DType dtype,
                           const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const Tensor source, tensor.to_aligned(budget));
  VERNIER_ASSIGN(Tensor out, Tensor::allocate(dtype, tensor.shape(), budget));
  VERNIER_TRY(cast_elements(source.view(), out.mutable_view(), {}));
  return out;
}

}  // namespace vernier
