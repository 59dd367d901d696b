#include "compare.h"

#include <cmath>
#include <complex>
#include <type_traits>

#include "tensor/element.h"

namespace vernier::conformance {
namespace {

bool close(double actual, double expected, const Tolerance& tolerance) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual);
  if (std::isinf(expected) || std::isinf(actual)) return actual == expected;
  return std::abs(actual - expected) <= tolerance.atol + tolerance.rtol * std::abs(expected);
}

template <class T>
bool same(const T& actual, const T& expected, const Tolerance& tolerance) {
  if constexpr (is_complex_v<T>) {
    return close(static_cast<double>(actual.real()), static_cast<double>(expected.real()),
                 tolerance) &&
           close(static_cast<double>(actual.imag()), static_cast<double>(expected.imag()),
                 tolerance);
  } else if constexpr (is_real_float_v<T>) {
    return close(static_cast<double>(load_element(actual)),
                 static_cast<double>(load_element(expected)), tolerance);
  } else if constexpr (is_small_int_v<T>) {
    return actual.value == expected.value;
  } else {
    return actual == expected;
  }
}

template <class T>
std::string show(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return "'" + value + "'";
  } else if constexpr (is_complex_v<T>) {
    return std::to_string(value.real()) + "+" + std::to_string(value.imag()) + "i";
  } else {
    return std::to_string(load_element(value));
  }
}

template <class T>
std::string compare_all(const TensorView& actual, const TensorView& expected,
                        const Tolerance& tolerance) {
  const T* a = actual.as<T>();
  const T* e = expected.as<T>();
  std::int64_t wrong = 0;
  std::string first;
  const std::int64_t count = actual.element_count();
  for (std::int64_t i = 0; i < count; ++i) {
    if (same(a[i], e[i], tolerance)) continue;
    if (wrong++ == 0) {
      first = "element " + std::to_string(i) + " is " + show(a[i]) + ", expected " + show(e[i]);
    }
  }
  if (wrong == 0) return {};
  return std::to_string(wrong) + " of " + std::to_string(count) + " elements differ: " + first;
}

}  // namespace

std::string difference(const TensorView& actual, const TensorView& expected,
                       const Tolerance& tolerance) {
  if (actual.dtype != expected.dtype || !(actual.shape == expected.shape)) {
    return "got " + describe(actual) + ", expected " + describe(expected);
  }
  Tolerance used = tolerance;
  if (expected.dtype == DType::bfloat16) used.rtol = std::max(used.rtol, 1e-2);
  return visit_dtype(expected.dtype, [&](auto tag) -> std::string {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_void_v<T>) {
      return "no dtype";
    } else {
      return compare_all<T>(actual, expected, used);
    }
  });
}

}  // namespace vernier::conformance
