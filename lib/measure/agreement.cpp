#include "measure/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "tensor/element.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

struct Sums {
  double difference = 0.0;  // sum of squares
  double expected = 0.0;
  double actual = 0.0;
  double product = 0.0;
  double max_abs = 0.0;
  bool special_mismatch = false;
  std::int64_t unequal = 0;
};

void add(Sums& sums, double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) {
    const bool same = (std::isnan(a) && std::isnan(b)) || a == b;
    if (!same) sums.special_mismatch = true;
    return;
  }
  const double d = a - b;
  sums.difference += d * d;
  sums.expected += b * b;
  sums.actual += a * a;
  sums.product += a * b;
  sums.max_abs = std::max(sums.max_abs, std::abs(d));
  if (a != b) ++sums.unequal;
}

template <class T>
Sums sum_up(const TensorView& actual, const TensorView& expected) {
  Sums sums;
  for_each_offset<2>(actual.shape, {actual.strides, expected.strides}, [&](const auto& at) {
    const T& a = actual.as<T>()[at[0]];
    const T& b = expected.as<T>()[at[1]];
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool>) {
      sums.unequal += a == b ? 0 : 1;
    } else if constexpr (is_complex_v<T>) {
      add(sums, static_cast<double>(a.real()), static_cast<double>(b.real()));
      add(sums, static_cast<double>(a.imag()), static_cast<double>(b.imag()));
    } else {
      add(sums, static_cast<double>(load_element(a)), static_cast<double>(load_element(b)));
    }
  });
  return sums;
}

std::vector<double> real_values(const TensorView& view) {
  std::vector<double> values;
  visit_dtype(view.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_void_v<T> && is_real_float_v<T>) {
      for_each_offset<1>(view.shape, {view.strides}, [&](const auto& at) {
        values.push_back(static_cast<double>(load_element(view.as<T>()[at[0]])));
      });
    }
  });
  return values;
}

/// Class scores: float [classes] or [N, classes] with more than one class.
std::optional<bool> top1(const TensorView& actual, const TensorView& expected) {
  const std::size_t rank = actual.rank();
  if (rank < 1 || rank > 2 || !is_floating(actual.dtype) || actual.shape.back() < 2) {
    return std::nullopt;
  }
  const auto a = real_values(actual);
  const auto b = real_values(expected);
  const auto classes = static_cast<std::ptrdiff_t>(actual.shape.back());
  for (std::ptrdiff_t at = 0; at + classes <= static_cast<std::ptrdiff_t>(a.size());
       at += classes) {
    const auto best_a = std::max_element(a.begin() + at, a.begin() + at + classes) - a.begin();
    const auto best_b = std::max_element(b.begin() + at, b.begin() + at + classes) - b.begin();
    if (best_a != best_b) return false;
  }
  return true;
}

}  // namespace

TensorDifference compare_tensors(const TensorView& actual, const TensorView& expected) {
  TensorDifference result;
  const auto refuse = [&](std::string reason) {
    result.rel_l2 = std::numeric_limits<double>::infinity();
    result.cosine = 0.0;
    result.reason = std::move(reason);
    return result;
  };
  if (actual.dtype != expected.dtype || !(actual.shape == expected.shape)) {
    return refuse("it is " + describe(actual) + ", the baseline's is " + describe(expected));
  }
  bool exact_only = false;
  const Sums sums = visit_dtype(actual.dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_void_v<T>) {
      return Sums{};
    } else {
      exact_only = std::is_same_v<T, std::string> || std::is_same_v<T, bool>;
      return sum_up<T>(actual, expected);
    }
  });
  if (sums.special_mismatch)
    return refuse("NaN or infinity where the baseline has none, or the reverse");
  const auto count = static_cast<double>(std::max<std::int64_t>(actual.element_count(), 1));
  if (exact_only) {
    result.rel_l2 = static_cast<double>(sums.unequal) / count;
    return result;
  }
  result.max_abs = sums.max_abs;
  const double norm = sums.expected > 0.0 ? sums.expected : 1.0;
  result.rel_l2 = std::sqrt(sums.difference / norm);
  const double lengths = std::sqrt(sums.actual) * std::sqrt(sums.expected);
  if (lengths > 0.0) result.cosine = std::clamp(sums.product / lengths, -1.0, 1.0);
  if (lengths == 0.0 && sums.difference > 0.0) result.cosine = 0.0;
  result.top1_agree = top1(actual, expected);
  return result;
}

double default_max_rel_l2(std::string_view precision) noexcept {
  if (precision == "fp16") return 1e-2;
  if (precision == "bf16") return 5e-2;
  if (precision == "int8") return 0.2;
  return 1e-3;
}

OutputAgreement compare_outputs(std::span<const NamedTensor> actual,
                                std::span<const NamedTensor> expected, double tolerance) {
  OutputAgreement result;
  result.compared = true;
  result.tolerance = tolerance;
  result.agree = actual.size() == expected.size();
  if (!result.agree) result.reason = "the number of outputs differs";
  for (const NamedTensor& wanted : expected) {
    const auto found = std::find_if(actual.begin(), actual.end(), [&](const NamedTensor& item) {
      return item.name == wanted.name;
    });
    if (found == actual.end()) {
      result.agree = false;
      result.reason = "output '" + wanted.name + "' is missing";
      continue;
    }
    const TensorDifference d = compare_tensors(found->tensor.view(), wanted.tensor.view());
    result.max_rel_l2 = std::max(result.max_rel_l2, d.rel_l2);
    result.min_cosine = std::min(result.min_cosine, d.cosine);
    if (d.top1_agree) result.top1_agree = result.top1_agree.value_or(true) && *d.top1_agree;
    if (d.rel_l2 <= tolerance) continue;
    result.agree = false;
    if (result.reason.empty()) {
      result.reason =
          "output '" + wanted.name + "': " +
          (d.reason.empty() ? "the relative L2 difference is above the tolerance" : d.reason);
    }
  }
  return result;
}

}  // namespace vernier
