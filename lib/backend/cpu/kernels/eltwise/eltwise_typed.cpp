// Plain loops: the compiler may vectorise them for the baseline ISA.
#include <cmath>
#include <limits>
#include <type_traits>

#include "backend/cpu/kernels/eltwise/eltwise.h"

namespace vernier {
namespace {

template <class T>
inline constexpr bool is_int_v = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class In, class Out, class F>
bool map1(const EltwiseArgs& args, F f) {
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const In* x = static_cast<const In*>(args.x[0]) + r * args.pitch[0];
    Out* y = static_cast<Out*>(args.y) + r * args.y_pitch;
    if (args.y_step == 1 && args.step[0] == 1) {
      for (ptrdiff_t i = 0; i < args.n; ++i) y[i] = f(x[i]);
    } else {
      for (ptrdiff_t i = 0; i < args.n; ++i) y[i * args.y_step] = f(x[i * args.step[0]]);
    }
  }
  return true;
}

template <class In, class Out, class F>
bool map2(const EltwiseArgs& args, F f) {
  bool ok = true;
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const In* a = static_cast<const In*>(args.x[0]) + r * args.pitch[0];
    const In* b = static_cast<const In*>(args.x[1]) + r * args.pitch[1];
    Out* y = static_cast<Out*>(args.y) + r * args.y_pitch;
    const ptrdiff_t sa = args.step[0];
    const ptrdiff_t sb = args.step[1];
    if (args.y_step == 1 && sa == 1 && sb == 1) {
      for (ptrdiff_t i = 0; i < args.n; ++i) y[i] = f(a[i], b[i], ok);
    } else if (args.y_step == 1 && sa == 1 && sb == 0) {
      const In fixed = *b;
      for (ptrdiff_t i = 0; i < args.n; ++i) y[i] = f(a[i], fixed, ok);
    } else {
      for (ptrdiff_t i = 0; i < args.n; ++i) y[i * args.y_step] = f(a[i * sa], b[i * sb], ok);
    }
  }
  return ok;
}

// Integer arithmetic in 64-bit two's complement, narrowed modulo 2^bits.
template <class T>
T wrap(uint64_t value) {
  return static_cast<T>(value);
}

template <class T>
T divide(T a, T b, bool& ok) {
  if constexpr (is_int_v<T>) {
    if (b == 0) {
      ok = false;
      return 0;
    }
    if constexpr (std::is_signed_v<T>) {
      if (b == T{-1}) return wrap<T>(uint64_t{0} - static_cast<uint64_t>(a));
    }
    return static_cast<T>(a / b);
  } else {
    return a / b;
  }
}

template <class T>
T modulo(T a, T b, bool floored, bool& ok) {
  if constexpr (is_int_v<T>) {
    if (b == 0) {
      ok = false;
      return 0;
    }
    if constexpr (std::is_signed_v<T>) {
      if (b == T{-1}) return 0;
      const T r = static_cast<T>(a % b);
      if (!floored || r == 0) return r;
      return (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
    } else {
      return static_cast<T>(a % b);
    }
  } else {
    const T r = std::fmod(a, b);
    if (!floored) return r;
    if (r == T{0}) return std::copysign(T{0}, b);
    return (r < T{0}) != (b < T{0}) ? r + b : r;
  }
}

template <class T>
T larger(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a) return a;
    return b > a || b != b ? b : a;
  } else {
    return a > b ? a : b;
  }
}

template <class T>
T smaller(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a) return a;
    return b < a || b != b ? b : a;
  } else {
    return a < b ? a : b;
  }
}

template <class T, BinaryOp kOp>
bool binary(const EltwiseArgs& args) {
  if constexpr (kOp == BinaryOp::equal || kOp == BinaryOp::less || kOp == BinaryOp::greater ||
                kOp == BinaryOp::less_or_equal || kOp == BinaryOp::greater_or_equal) {
    return map2<T, bool>(args, [](T a, T b, bool&) {
      if constexpr (kOp == BinaryOp::equal) return a == b;
      if constexpr (kOp == BinaryOp::less) return a < b;
      if constexpr (kOp == BinaryOp::greater) return a > b;
      if constexpr (kOp == BinaryOp::less_or_equal) return a <= b;
      if constexpr (kOp == BinaryOp::greater_or_equal) return a >= b;
    });
  } else {
    return map2<T, T>(args, [](T a, T b, [[maybe_unused]] bool& ok) -> T {
      if constexpr (kOp == BinaryOp::add || kOp == BinaryOp::sub || kOp == BinaryOp::mul) {
        if constexpr (std::is_floating_point_v<T>) {
          if constexpr (kOp == BinaryOp::add) return a + b;
          if constexpr (kOp == BinaryOp::sub) return a - b;
          if constexpr (kOp == BinaryOp::mul) return a * b;
        } else {
          const auto ua = static_cast<uint64_t>(a);
          const auto ub = static_cast<uint64_t>(b);
          if constexpr (kOp == BinaryOp::add) return wrap<T>(ua + ub);
          if constexpr (kOp == BinaryOp::sub) return wrap<T>(ua - ub);
          if constexpr (kOp == BinaryOp::mul) return wrap<T>(ua * ub);
        }
      }
      if constexpr (kOp == BinaryOp::div) return divide(a, b, ok);
      if constexpr (kOp == BinaryOp::mod) return modulo(a, b, true, ok);
      if constexpr (kOp == BinaryOp::fmod) return modulo(a, b, false, ok);
      if constexpr (kOp == BinaryOp::max) return larger(a, b);
      if constexpr (kOp == BinaryOp::min) return smaller(a, b);
      if constexpr (std::is_floating_point_v<T>) {
        if constexpr (kOp == BinaryOp::pow) return std::pow(a, b);
        if constexpr (kOp == BinaryOp::prelu) return a < T{0} ? a * b : a;
      }
      if constexpr (kOp == BinaryOp::logical_and) return a && b;
      if constexpr (kOp == BinaryOp::logical_or) return a || b;
      if constexpr (kOp == BinaryOp::logical_xor) return a != b;
      if constexpr (is_int_v<T>) {
        if constexpr (kOp == BinaryOp::bitwise_and) return static_cast<T>(a & b);
        if constexpr (kOp == BinaryOp::bitwise_or) return static_cast<T>(a | b);
        if constexpr (kOp == BinaryOp::bitwise_xor) return static_cast<T>(a ^ b);
      }
    });
  }
}

template <class T, BinaryOp kOp>
EltwiseFn pick() {
  constexpr bool kComparison = kOp >= BinaryOp::equal && kOp <= BinaryOp::greater_or_equal;
  constexpr bool kLogical = kOp >= BinaryOp::logical_and && kOp <= BinaryOp::logical_xor;
  constexpr bool kBitwise = kOp >= BinaryOp::bitwise_and && kOp <= BinaryOp::bitwise_xor;
  if constexpr (std::is_same_v<T, bool>) {
    if constexpr (kLogical || kOp == BinaryOp::equal) return binary<T, kOp>;
  } else if constexpr (kComparison) {
    return binary<T, kOp>;
  } else if constexpr (kBitwise) {
    if constexpr (is_int_v<T>) return binary<T, kOp>;
  } else if constexpr (kOp == BinaryOp::pow || kOp == BinaryOp::prelu) {
    if constexpr (std::is_floating_point_v<T>) return binary<T, kOp>;
  } else if constexpr (!kLogical) {
    return binary<T, kOp>;
  }
  return nullptr;
}

template <class T>
EltwiseFn binary_of(BinaryOp op) {
#define VERNIER_CASE(name) \
  case BinaryOp::name:     \
    return pick<T, BinaryOp::name>();
  switch (op) {
    VERNIER_CASE(add)
    VERNIER_CASE(sub)
    VERNIER_CASE(mul)
    VERNIER_CASE(div)
    VERNIER_CASE(max)
    VERNIER_CASE(min)
    VERNIER_CASE(prelu)
    VERNIER_CASE(pow)
    VERNIER_CASE(mod)
    VERNIER_CASE(fmod)
    VERNIER_CASE(logical_and)
    VERNIER_CASE(logical_or)
    VERNIER_CASE(logical_xor)
    VERNIER_CASE(bitwise_and)
    VERNIER_CASE(bitwise_or)
    VERNIER_CASE(bitwise_xor)
    VERNIER_CASE(equal)
    VERNIER_CASE(less)
    VERNIER_CASE(less_or_equal)
    VERNIER_CASE(greater)
    VERNIER_CASE(greater_or_equal)
    case BinaryOp::count:
      break;
  }
#undef VERNIER_CASE
  return nullptr;
}

template <class T>
bool is_infinite(const EltwiseArgs& args) {
  const bool negative = args.alpha != 0.0F;
  const bool positive = args.beta != 0.0F;
  return map1<T, bool>(
      args, [=](T x) { return std::isinf(x) && (std::signbit(x) ? negative : positive); });
}

template <class T, T (*F)(T)>
bool math(const EltwiseArgs& args) {
  return map1<T, T>(args, [](T x) { return F(x); });
}

template <class T>
EltwiseFn libm_of(UnaryOp op) {
  switch (op) {
    case UnaryOp::sin:
      return math<T, std::sin>;
    case UnaryOp::cos:
      return math<T, std::cos>;
    case UnaryOp::tan:
      return math<T, std::tan>;
    case UnaryOp::asin:
      return math<T, std::asin>;
    case UnaryOp::acos:
      return math<T, std::acos>;
    case UnaryOp::atan:
      return math<T, std::atan>;
    case UnaryOp::sinh:
      return math<T, std::sinh>;
    case UnaryOp::cosh:
      return math<T, std::cosh>;
    case UnaryOp::asinh:
      return math<T, std::asinh>;
    case UnaryOp::acosh:
      return math<T, std::acosh>;
    case UnaryOp::atanh:
      return math<T, std::atanh>;
    case UnaryOp::is_nan:
      return
          [](const EltwiseArgs& args) { return map1<T, bool>(args, [](T x) { return x != x; }); };
    case UnaryOp::is_inf:
      return is_infinite<T>;
    default:
      return nullptr;
  }
}

template <class T>
EltwiseFn unary_of(UnaryOp op) {
  if constexpr (std::is_same_v<T, float>) return libm_of<T>(op);
  if constexpr (std::is_same_v<T, bool>) {
    if (op != UnaryOp::logical_not) return nullptr;
    return [](const EltwiseArgs& args) { return map1<T, T>(args, [](T x) { return !x; }); };
  }
  if constexpr (is_int_v<T>) {
    switch (op) {
      case UnaryOp::neg:
        return [](const EltwiseArgs& args) {
          return map1<T, T>(args,
                            [](T x) { return wrap<T>(uint64_t{0} - static_cast<uint64_t>(x)); });
        };
      case UnaryOp::abs:
        return [](const EltwiseArgs& args) {
          return map1<T, T>(args, [](T x) {
            return x < T{0} ? wrap<T>(uint64_t{0} - static_cast<uint64_t>(x)) : x;
          });
        };
      case UnaryOp::sign:
        return [](const EltwiseArgs& args) {
          return map1<T, T>(args, [](T x) { return static_cast<T>((x > T{0}) - (x < T{0})); });
        };
      case UnaryOp::bitwise_not:
        return [](const EltwiseArgs& args) {
          return map1<T, T>(args, [](T x) { return static_cast<T>(~x); });
        };
      default:
        return nullptr;
    }
  }
  return nullptr;
}

template <class T>
bool where(const EltwiseArgs& args) {
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const bool* c = static_cast<const bool*>(args.x[0]) + r * args.pitch[0];
    const T* a = static_cast<const T*>(args.x[1]) + r * args.pitch[1];
    const T* b = static_cast<const T*>(args.x[2]) + r * args.pitch[2];
    T* y = static_cast<T*>(args.y) + r * args.y_pitch;
    const ptrdiff_t sc = args.step[0];
    const ptrdiff_t sa = args.step[1];
    const ptrdiff_t sb = args.step[2];
    if (args.y_step == 1 && sc == 1 && sa == 0 && sb == 1) {
      const T fixed = *a;
      for (ptrdiff_t i = 0; i < args.n; ++i) y[i] = c[i] ? fixed : b[i];
    } else if (args.y_step == 1 && sc == 1 && sa == 1 && sb == 0) {
      const T fixed = *b;
      for (ptrdiff_t i = 0; i < args.n; ++i) y[i] = c[i] ? a[i] : fixed;
    } else {
      for (ptrdiff_t i = 0; i < args.n; ++i) {
        y[i * args.y_step] = c[i * sc] ? a[i * sa] : b[i * sb];
      }
    }
  }
  return true;
}

}  // namespace

EltwiseFn eltwise_typed_unary(UnaryOp op, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return unary_of<float>(op);
    case DType::int8:
      return unary_of<int8_t>(op);
    case DType::int32:
      return unary_of<int32_t>(op);
    case DType::int64:
      return unary_of<int64_t>(op);
    case DType::uint8:
      return unary_of<uint8_t>(op);
    case DType::boolean:
      return unary_of<bool>(op);
    default:
      return nullptr;
  }
}

EltwiseFn eltwise_typed_binary(BinaryOp op, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return binary_of<float>(op);
    case DType::float64:
      return binary_of<double>(op);
    case DType::int8:
      return binary_of<int8_t>(op);
    case DType::uint8:
      return binary_of<uint8_t>(op);
    case DType::int32:
      return binary_of<int32_t>(op);
    case DType::uint32:
      return binary_of<uint32_t>(op);
    case DType::int64:
      return binary_of<int64_t>(op);
    case DType::uint64:
      return binary_of<uint64_t>(op);
    case DType::boolean:
      return binary_of<bool>(op);
    default:
      return nullptr;
  }
}

EltwiseFn eltwise_where(size_t element_bytes) {
  switch (element_bytes) {
    case 1:
      return where<uint8_t>;
    case 2:
      return where<uint16_t>;
    case 4:
      return where<uint32_t>;
    case 8:
      return where<uint64_t>;
    default:
      return nullptr;
  }
}

}  // namespace vernier
