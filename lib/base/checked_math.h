#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/dtype.h"

namespace vernier {

/// Overflow-checked integer arithmetic for untrusted sizes; nullopt on overflow.
template <class T>
constexpr std::optional<T> checked_add(T a, T b) noexcept {
  T r{};
  if (__builtin_add_overflow(a, b, &r)) return std::nullopt;
  return r;
}
template <class T>
constexpr std::optional<T> checked_sub(T a, T b) noexcept {
  T r{};
  if (__builtin_sub_overflow(a, b, &r)) return std::nullopt;
  return r;
}
template <class T>
constexpr std::optional<T> checked_mul(T a, T b) noexcept {
  T r{};
  if (__builtin_mul_overflow(a, b, &r)) return std::nullopt;
  return r;
}

/// Product of non-negative dims; nullopt for a negative dim or overflow of int64. Empty span: 1.
/// The product of the non-zero dims must fit as well, so that strides never overflow.
constexpr std::optional<std::int64_t> checked_element_count(
    std::span<const std::int64_t> dims) noexcept {
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
    if (dim == 0) {
      empty = true;
      continue;
    }
    const auto next = checked_mul(count, dim);
    if (!next) return std::nullopt;
    count = *next;
  }
  return empty ? 0 : count;
}

/// THE byte count of a dense tensor in memory: loader, planner and kernels all use this one.
/// nullopt for negative dims, overflow, or a size above PTRDIFF_MAX.
inline std::optional<std::size_t> checked_byte_count(DType dtype,
                                                     std::span<const std::int64_t> dims) noexcept {
  const auto count = checked_element_count(dims);
  if (!count) return std::nullopt;
  const auto bytes = checked_mul(*count, static_cast<std::int64_t>(dtype_size(dtype)));
  if (!bytes) return std::nullopt;
  return static_cast<std::size_t>(*bytes);
}

/// Bytes of a packed payload in a file (4-bit types share bytes; rounded up).
inline std::optional<std::size_t> checked_packed_byte_count(
    DType dtype, std::span<const std::int64_t> dims) noexcept {
  const auto count = checked_element_count(dims);
  if (!count) return std::nullopt;
  const auto bits = checked_mul(*count, static_cast<std::int64_t>(dtype_bits(dtype)));
  if (!bits) return std::nullopt;
  const auto padded = checked_add<std::int64_t>(*bits, 7);
  if (!padded) return std::nullopt;
  return static_cast<std::size_t>(*padded / 8);
}

}  // namespace vernier
