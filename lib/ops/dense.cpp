#include "ops/dense.h"

#include <cmath>
#include <limits>
#include <string>

#include "tensor/element.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

template <class T>
inline constexpr bool is_numeric_v =
    !std::is_void_v<T> && !std::is_same_v<T, std::string> && !is_complex_v<T>;

Error not_numeric(DType dtype) {
  return unsupported("no arithmetic on elements of type " + std::string(dtype_name(dtype)),
                     "E-UNSUPPORTED-DTYPE");
}

/// Truncation toward zero with saturation at the ends of To.
template <class To>
To saturate(double value) {
  if (std::isnan(value)) return To{0};
  const auto low = static_cast<double>(std::numeric_limits<To>::min());
  const auto high = static_cast<double>(std::numeric_limits<To>::max());
  if (value <= low) return std::numeric_limits<To>::min();
  if (value >= high) return std::numeric_limits<To>::max();
  return static_cast<To>(value);
}

template <class T>
T from_double(double value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != 0.0;
  } else if constexpr (is_small_float_v<T>) {
    return T(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else if constexpr (is_small_int_v<T>) {
    constexpr bool is_signed = std::is_same_v<T, int4> || std::is_same_v<T, int2>;
    constexpr int bits = std::is_same_v<T, int4> || std::is_same_v<T, uint4> ? 4 : 2;
    constexpr double low = is_signed ? -(1 << (bits - 1)) : 0;
    constexpr double high = is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
    const double clamped = std::isnan(value) ? 0.0 : std::fmin(std::fmax(value, low), high);
    return store_element<T>(static_cast<std::int32_t>(clamped));
  } else {
    return saturate<T>(value);
  }
}

template <class T>
T from_int64(std::int64_t value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value != 0;
  } else if constexpr (is_small_float_v<T>) {
    return T(static_cast<float>(value));
  } else if constexpr (is_small_int_v<T>) {
    return store_element<T>(static_cast<std::int32_t>(value));
  } else {
    return static_cast<T>(value);
  }
}

/// Calls f(index, element reference) over all elements in row-major order.
template <class View, class F>
Result<void> walk(const View& view, F&& f) {
  return visit_dtype(view.dtype, [&](auto tag) -> Result<void> {
    using T = typename decltype(tag)::type;
    if constexpr (is_numeric_v<T>) {
      auto* data = view.template as<T>();
      std::int64_t at = 0;
      if (view.is_dense()) {
        const std::int64_t count = view.element_count();
        for (; at < count; ++at) f(at, data[at]);
      } else {
        for_each_offset<1>(view.shape, {view.strides},
                           [&](const auto& offsets) { f(at++, data[offsets[0]]); });
      }
      return {};
    } else {
      return not_numeric(view.dtype);
    }
  });
}

}  // namespace

Result<void> load_doubles(const TensorView& view, double* dst) {
  return walk(view, [dst](std::int64_t i, const auto& element) {
    dst[i] = static_cast<double>(load_element(element));
  });
}

Result<void> load_int64s(const TensorView& view, std::int64_t* dst) {
  return walk(view, [dst](std::int64_t i, const auto& element) {
    using T = std::remove_cvref_t<decltype(element)>;
    if constexpr (is_real_float_v<T>) {
      dst[i] = saturate<std::int64_t>(static_cast<double>(load_element(element)));
    } else {
      dst[i] = static_cast<std::int64_t>(load_element(element));
    }
  });
}

Result<void> store_doubles(const double* src, const MutTensorView& dst) {
  return walk(dst, [src](std::int64_t i, auto& element) {
    element = from_double<std::remove_cvref_t<decltype(element)>>(src[i]);
  });
}

Result<void> store_int64s(const std::int64_t* src, const MutTensorView& dst) {
  return walk(dst, [src](std::int64_t i, auto& element) {
    element = from_int64<std::remove_cvref_t<decltype(element)>>(src[i]);
  });
}

Result<const double*> dense_doubles(EvalContext& context, const TensorView& view) {
  if (view.dtype == DType::float64 && view.is_dense()) return view.as<double>();
  VERNIER_ASSIGN(double* copy, scratch_array<double>(context, view.element_count()));
  VERNIER_TRY(load_doubles(view, copy));
  return static_cast<const double*>(copy);
}

Result<const std::int64_t*> dense_int64s(EvalContext& context, const TensorView& view) {
  if (view.dtype == DType::int64 && view.is_dense()) return view.as<std::int64_t>();
  VERNIER_ASSIGN(std::int64_t * copy, scratch_array<std::int64_t>(context, view.element_count()));
  VERNIER_TRY(load_int64s(view, copy));
  return static_cast<const std::int64_t*>(copy);
}

Result<void> add_channel_bias(EvalContext& context, const TensorView& bias, const Shape& shape,
                              double* values) {
  if (bias.rank() != 1 || bias.shape[0] != shape[1]) {
    return invalid_model(
        "bias is " + describe(bias) + ", expected " + std::to_string(shape[1]) + " elements",
        "E-MODEL-SHAPE");
  }
  VERNIER_ASSIGN(const double* b, dense_doubles(context, bias));
  std::int64_t plane = 1;
  for (std::size_t i = 2; i < shape.size(); ++i) plane *= shape[i];
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    for (std::int64_t c = 0; c < shape[1]; ++c) {
      for (std::int64_t i = 0; i < plane; ++i) *values++ += b[c];
    }
  }
  return {};
}

Result<double> scalar_double(const TensorView& view, const char* what) {
  if (view.element_count() != 1) {
    return invalid_data(std::string(what) + " is " + describe(view) + ", expected one element",
                        "E-DATA-SHAPE");
  }
  double value = 0;
  VERNIER_TRY(load_doubles(view, &value));
  return value;
}

Result<std::int64_t> scalar_int64(const TensorView& view, const char* what) {
  if (view.element_count() != 1) {
    return invalid_data(std::string(what) + " is " + describe(view) + ", expected one element",
                        "E-DATA-SHAPE");
  }
  std::int64_t value = 0;
  VERNIER_TRY(load_int64s(view, &value));
  return value;
}

}  // namespace vernier
