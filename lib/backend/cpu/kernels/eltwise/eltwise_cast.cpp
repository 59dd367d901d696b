// Conversions between number types, element by element.
#include <limits>
#include <type_traits>

#include "backend/cpu/kernels/eltwise/eltwise.h"
#include "base/half.h"

namespace vernier {
namespace {

template <class T>
inline constexpr bool is_half_v = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

// Through int64 with saturation, then modulo 2^bits, which is what every narrower conversion
// shares.
template <class To, class F>
To integer_of(F value) {
  if constexpr (std::is_same_v<To, uint64_t>) {
    if (value >= F{0x1p63}) {
      return value >= F{0x1p64} ? std::numeric_limits<uint64_t>::max()
                                : static_cast<uint64_t>(value);
    }
  }
  if (value != value) return 0;
  if (value >= F{0x1p63}) return static_cast<To>(std::numeric_limits<int64_t>::max());
  if (value < F{-0x1p63}) return static_cast<To>(std::numeric_limits<int64_t>::min());
  return static_cast<To>(static_cast<int64_t>(value));
}

template <class To, class From>
To convert(From value) {
  if constexpr (is_half_v<From>) {
    return convert<To>(static_cast<float>(value));
  } else if constexpr (is_half_v<To>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return integer_of<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

template <class From, class To>
bool cast(const EltwiseArgs& args) {
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const From* x = static_cast<const From*>(args.x[0]) + r * args.pitch[0];
    To* y = static_cast<To*>(args.y) + r * args.y_pitch;
    for (ptrdiff_t i = 0; i < args.n; ++i) y[i * args.y_step] = convert<To>(x[i * args.step[0]]);
  }
  return true;
}

template <class From>
EltwiseFn cast_from(DType to) {
  switch (to) {
    case DType::float32:
      return cast<From, float>;
    case DType::float64:
      return cast<From, double>;
    case DType::float16:
      return cast<From, float16>;
    case DType::bfloat16:
      return cast<From, bfloat16>;
    case DType::int8:
      return cast<From, int8_t>;
    case DType::uint8:
      return cast<From, uint8_t>;
    case DType::int32:
      return cast<From, int32_t>;
    case DType::int64:
      return cast<From, int64_t>;
    case DType::boolean:
      return cast<From, bool>;
    default:
      return nullptr;
  }
}

}  // namespace

EltwiseFn eltwise_cast(DType from, DType to) {
  switch (from) {
    case DType::float32:
      return cast_from<float>(to);
    case DType::float64:
      // Two roundings (to float, then to half) would not be the value of one.
      return to == DType::float16 || to == DType::bfloat16 ? nullptr : cast_from<double>(to);
    case DType::float16:
      return cast_from<float16>(to);
    case DType::bfloat16:
      return cast_from<bfloat16>(to);
    case DType::int8:
      return cast_from<int8_t>(to);
    case DType::uint8:
      return cast_from<uint8_t>(to);
    case DType::int32:
      return cast_from<int32_t>(to);
    case DType::int64:
      return cast_from<int64_t>(to);
    case DType::boolean:
      return cast_from<bool>(to);
    default:
      return nullptr;
  }
}

}  // namespace vernier
