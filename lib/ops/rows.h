#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/dtype.h"
#include "tensor/strided.h"

namespace vernier {

/// References compute in one of three lanes whatever the dtype: reals in double, signed integers in
/// int64 and unsigned integers and booleans in uint64. One rounding of a double result to float,
/// float16 or bfloat16 equals arithmetic in the narrow type for + - * / and square root
/// (S. Figueroa, "When is double rounding innocuous?", 1995).
enum class Lane : std::uint8_t { none, real, signed_int, unsigned_int };
/// none for string, complex and undefined.
Lane lane_of(DType dtype) noexcept;

/// The float next to `value` that rounding once more to a type of at most 22 bits of precision
/// turns into the correctly rounded value (round to odd).
float round_to_odd(double value) noexcept;

/// Elements converted at a time.
inline constexpr std::int64_t kRowLength = 256;

/// Converts `count` elements, `stride` elements apart, between memory of `dtype` (a lane dtype) and
/// a contiguous lane buffer; T is double, int64_t or uint64_t. Reals become integers by truncation
/// (NaN: 0; beyond 64 bits: the nearest 64-bit value); integers narrow modulo 2^bits.
template <class T>
void load_row(DType dtype, const std::byte* from, std::int64_t stride, std::int64_t count, T* row);
template <class T>
void store_row(DType dtype, std::byte* to, std::int64_t stride, std::int64_t count, const T* row);

/// Calls f(offsets, strides, count) for pieces of innermost rows, count <= kRowLength, that cover
/// `shape` in row-major order; neighbouring dims that all operands walk alike are merged. Offsets
/// and strides are in elements, one per operand. Does not allocate.
template <std::size_t N, class F>
void for_each_row(const Shape& shape, const std::array<Strides, N>& strides, F&& f) {
  Shape merged;
  std::array<Strides, N> walk;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return;
    if (shape[i] == 1) continue;
    bool joins = merged.size() > 0;
    for (std::size_t k = 0; k < N && joins; ++k) {
      joins = walk[k][merged.size() - 1] == strides[k][i] * shape[i];
    }
    if (joins) {
      merged[merged.size() - 1] *= shape[i];
      for (std::size_t k = 0; k < N; ++k) walk[k][merged.size() - 1] = strides[k][i];
    } else {
      merged.push_back(shape[i]);
      for (std::size_t k = 0; k < N; ++k) walk[k].push_back(strides[k][i]);
    }
  }
  if (merged.empty()) {
    merged.push_back(1);
    for (std::size_t k = 0; k < N; ++k) walk[k].push_back(0);
  }
  const std::size_t last = merged.size() - 1;
  const std::int64_t length = merged[last];
  std::array<std::int64_t, N> inner{};
  for (std::size_t k = 0; k < N; ++k) {
    inner[k] = walk[k][last];
    walk[k].resize(last);
  }
  merged.resize(last);
  for_each_offset(merged, walk, [&](const std::array<std::int64_t, N>& start) {
    std::array<std::int64_t, N> at = start;
    for (std::int64_t done = 0; done < length; done += kRowLength) {
      const std::int64_t count = std::min(kRowLength, length - done);
      f(at, inner, count);
      for (std::size_t k = 0; k < N; ++k) at[k] += inner[k] * count;
    }
  });
}

}  // namespace vernier
