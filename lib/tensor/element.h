#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "base/dtype.h"
#include "base/half.h"

namespace vernier {

/// Nibble and crumb integers as stored in memory (one byte each); distinct types so that dispatch
/// can tell them from int8/uint8.
template <DType D, class Rep>
struct SmallInt {
  Rep value = 0;
  SmallInt() = default;
  explicit SmallInt(Rep v) noexcept : value(v) {}
  explicit operator Rep() const noexcept { return value; }
};
using int4 = SmallInt<DType::int4, std::int8_t>;
using uint4 = SmallInt<DType::uint4, std::uint8_t>;
using int2 = SmallInt<DType::int2, std::int8_t>;
using uint2 = SmallInt<DType::uint2, std::uint8_t>;

template <class T>
struct TypeTag {
  using type = T;
};

/// Calls `f(TypeTag<T>{})` with the C++ element type of `dtype`. All branches must return the same
/// type. `undefined` calls f(TypeTag<void>{}), which the callable must accept (usually an error).
template <class F>
auto visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f(TypeTag<float>{});
    case DType::uint8:
      return f(TypeTag<std::uint8_t>{});
    case DType::int8:
      return f(TypeTag<std::int8_t>{});
    case DType::uint16:
      return f(TypeTag<std::uint16_t>{});
    case DType::int16:
      return f(TypeTag<std::int16_t>{});
    case DType::int32:
      return f(TypeTag<std::int32_t>{});
    case DType::int64:
      return f(TypeTag<std::int64_t>{});
    case DType::string:
      return f(TypeTag<std::string>{});
    case DType::boolean:
      return f(TypeTag<bool>{});
    case DType::float16:
      return f(TypeTag<float16>{});
    case DType::float64:
      return f(TypeTag<double>{});
    case DType::uint32:
      return f(TypeTag<std::uint32_t>{});
    case DType::uint64:
      return f(TypeTag<std::uint64_t>{});
    case DType::complex64:
      return f(TypeTag<std::complex<float>>{});
    case DType::complex128:
      return f(TypeTag<std::complex<double>>{});
    case DType::bfloat16:
      return f(TypeTag<bfloat16>{});
    case DType::float8e4m3fn:
      return f(TypeTag<float8e4m3fn>{});
    case DType::float8e4m3fnuz:
      return f(TypeTag<float8e4m3fnuz>{});
    case DType::float8e5m2:
      return f(TypeTag<float8e5m2>{});
    case DType::float8e5m2fnuz:
      return f(TypeTag<float8e5m2fnuz>{});
    case DType::uint4:
      return f(TypeTag<uint4>{});
    case DType::int4:
      return f(TypeTag<int4>{});
    case DType::float4e2m1:
      return f(TypeTag<float4e2m1>{});
    case DType::float8e8m0:
      return f(TypeTag<float8e8m0>{});
    case DType::uint2:
      return f(TypeTag<uint2>{});
    case DType::int2:
      return f(TypeTag<int2>{});
    case DType::undefined:
      break;
  }
  return f(TypeTag<void>{});
}

template <class T>
inline constexpr bool is_small_float_v =
    std::is_same_v<T, float16> || std::is_same_v<T, bfloat16> || std::is_same_v<T, float8e4m3fn> ||
    std::is_same_v<T, float8e4m3fnuz> || std::is_same_v<T, float8e5m2> ||
    std::is_same_v<T, float8e5m2fnuz> || std::is_same_v<T, float8e8m0> ||
    std::is_same_v<T, float4e2m1>;
template <class T>
inline constexpr bool is_small_int_v = std::is_same_v<T, int4> || std::is_same_v<T, uint4> ||
                                       std::is_same_v<T, int2> || std::is_same_v<T, uint2>;
template <class T>
inline constexpr bool is_real_float_v = std::is_floating_point_v<T> || is_small_float_v<T>;
template <class T>
inline constexpr bool is_complex_v =
    std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>;

/// The type that scalar arithmetic on T is done in: float for half types, int for small ints, T
/// itself otherwise.
template <class T>
using arithmetic_t = std::conditional_t<is_small_float_v<T>, float,
                                        std::conditional_t<is_small_int_v<T>, std::int32_t, T>>;

template <class T>
arithmetic_t<T> load_element(T value) {
  if constexpr (is_small_int_v<T>) {
    return static_cast<std::int32_t>(value.value);
  } else if constexpr (is_small_float_v<T>) {
    return static_cast<float>(value);
  } else {
    return value;
  }
}

template <class T>
T store_element(arithmetic_t<T> value) {
  if constexpr (is_small_int_v<T>) {
    return T(static_cast<decltype(T::value)>(value));
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace vernier
