#include "ops/rows.h"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "tensor/element.h"

namespace vernier {
namespace {

template <class T>
inline constexpr bool is_lane_type_v =
    !std::is_void_v<T> && !std::is_same_v<T, std::string> && !is_complex_v<T>;

/// Truncation toward zero with defined results everywhere.
template <class To>
To integer_of(double value) {
  if (std::isnan(value)) return 0;
  if constexpr (std::is_signed_v<To>) {
    if (value >= 0x1p63) return std::numeric_limits<To>::max();
    if (value < -0x1p63) return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  } else {
    if (value < 0.0) return static_cast<To>(integer_of<std::int64_t>(value));
    if (value >= 0x1p64) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  }
}

template <class Lane, class T>
Lane load_lane(T element) {
  const auto value = load_element(element);
  if constexpr (std::is_same_v<Lane, double> || !std::is_floating_point_v<decltype(value)>) {
    return static_cast<Lane>(value);
  } else {
    return integer_of<Lane>(static_cast<double>(value));
  }
}

template <class T, class Lane>
T store_lane(Lane value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != Lane{0};
  } else if constexpr (is_small_float_v<T>) {
    if constexpr (std::is_same_v<Lane, double>) {
      return T(round_to_odd(value));
    } else {
      return T(round_to_odd(static_cast<double>(value)));
    }
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else if constexpr (std::is_same_v<Lane, double>) {
    if constexpr (std::is_same_v<T, std::uint64_t>) {
      return integer_of<std::uint64_t>(value);
    } else {
      return store_lane<T>(integer_of<std::int64_t>(value));
    }
  } else if constexpr (is_small_int_v<T>) {
    constexpr unsigned kBits = std::is_same_v<T, int4> || std::is_same_v<T, uint4> ? 4U : 2U;
    const auto low = static_cast<unsigned>(value) & ((1U << kBits) - 1U);
    if constexpr (std::is_same_v<T, int4> || std::is_same_v<T, int2>) {
      const int sign = 1 << (kBits - 1U);
      return T(static_cast<std::int8_t>((static_cast<int>(low) ^ sign) - sign));
    } else {
      return T(static_cast<std::uint8_t>(low));
    }
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace

float round_to_odd(double value) noexcept {
  auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || std::isnan(value)) return nearest;
  if (std::fabs(static_cast<double>(nearest)) > std::fabs(value)) {
    nearest = std::nextafter(nearest, 0.0F);
  }
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(nearest) | 1U);
}

Lane lane_of(DType dtype) noexcept {
  if (is_floating(dtype)) return Lane::real;
  if (is_signed_integer(dtype)) return Lane::signed_int;
  if (is_integer(dtype) || dtype == DType::boolean) return Lane::unsigned_int;
  return Lane::none;
}

template <class T>
void load_row(DType dtype, const std::byte* from, std::int64_t stride, std::int64_t count, T* row) {
  visit_dtype(dtype, [&](auto tag) {
    using E = typename decltype(tag)::type;
    if constexpr (is_lane_type_v<E>) {
      const E* element = reinterpret_cast<const E*>(from);
      for (std::int64_t i = 0; i < count; ++i) row[i] = load_lane<T>(element[i * stride]);
    }
  });
}

template <class T>
void store_row(DType dtype, std::byte* to, std::int64_t stride, std::int64_t count, const T* row) {
  visit_dtype(dtype, [&](auto tag) {
    using E = typename decltype(tag)::type;
    if constexpr (is_lane_type_v<E>) {
      E* element = reinterpret_cast<E*>(to);
      for (std::int64_t i = 0; i < count; ++i) element[i * stride] = store_lane<E>(row[i]);
    }
  });
}

template void load_row(DType, const std::byte*, std::int64_t, std::int64_t, double*);
template void load_row(DType, const std::byte*, std::int64_t, std::int64_t, std::int64_t*);
template void load_row(DType, const std::byte*, std::int64_t, std::int64_t, std::uint64_t*);
template void store_row(DType, std::byte*, std::int64_t, std::int64_t, const double*);
template void store_row(DType, std::byte*, std::int64_t, std::int64_t, const std::int64_t*);
template void store_row(DType, std::byte*, std::int64_t, std::int64_t, const std::uint64_t*);

}  // namespace vernier
