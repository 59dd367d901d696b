#include <algorithm>
#include <cmath>

#include "ops/resize.h"

namespace vernier {

template <class T>
T resize_coordinate(const ResizeParams& params, const ResizeAxis& axis, std::int64_t o) noexcept {
  const auto x = static_cast<T>(o);
  const auto scale = static_cast<T>(axis.scale);
  const auto input = static_cast<T>(axis.input);
  const T output = scale * input;  // before rounding down to an integer
  constexpr T half = T{0.5};
  switch (params.coordinates) {
    case ResizeCoordinates::half_pixel:
      return (x + half) / scale - half;
    case ResizeCoordinates::half_pixel_symmetric: {
      const T adjustment = static_cast<T>(axis.output) / output;
      return input / 2 * (1 - adjustment) + (x + half) / scale - half;
    }
    case ResizeCoordinates::pytorch_half_pixel:
      return axis.output == 1 ? T{-0.5} : (x + half) / scale - half;
    case ResizeCoordinates::align_corners:
      return output == 1 || axis.output == 1 ? T{0} : x * (input - 1) / (output - 1);
    case ResizeCoordinates::asymmetric:
      return x / scale;
    case ResizeCoordinates::tf_half_pixel_for_nn:
      return (x + half) / scale;
    case ResizeCoordinates::tf_crop_and_resize: {
      const auto begin = static_cast<T>(axis.roi_begin);
      const auto end = static_cast<T>(axis.roi_end);
      if (axis.output == 1) return (begin + end) * (input - 1) / 2;
      return begin * (input - 1) + x * (end - begin) * (input - 1) / (output - 1);
    }
  }
  return x;
}
template float resize_coordinate<float>(const ResizeParams&, const ResizeAxis&,
                                        std::int64_t) noexcept;
template double resize_coordinate<double>(const ResizeParams&, const ResizeAxis&,
                                          std::int64_t) noexcept;

namespace {

/// True where tf_crop_and_resize reads outside the input.
template <class T>
bool crops_outside(const ResizeParams& params, const ResizeAxis& axis, T at) noexcept {
  return params.coordinates == ResizeCoordinates::tf_crop_and_resize &&
         !(at >= 0 && at <= static_cast<T>(axis.input - 1));
}

/// How many taps a filter of this radius (1: linear, 2: cubic) reads, given the axis' scale.
std::int64_t half_width(const ResizeParams& params, const ResizeAxis& axis) noexcept {
  const double radius = params.mode == ResizeMode::cubic ? 2.0 : 1.0;
  const double scale = params.antialias ? std::min(axis.scale, 1.0) : 1.0;
  // A filter wider than the input on both sides adds nothing but repeated edges.
  const double widest = 4.0 * static_cast<double>(axis.input) + 8.0;
  return static_cast<std::int64_t>(-std::floor(-std::min(radius / scale, widest)));
}

double filter(const ResizeParams& params, double distance) noexcept {
  const double x = std::fabs(distance);
  if (params.mode == ResizeMode::linear) return std::max(0.0, 1.0 - x);
  const auto a = static_cast<double>(params.cubic_coeff_a);
  if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
  return 0.0;
}

}  // namespace

std::int64_t resize_nearest_index(const ResizeParams& params, const ResizeAxis& axis,
                                  std::int64_t o) noexcept {
  const float at = resize_coordinate<float>(params, axis, o);
  if (crops_outside(params, axis, at)) return -1;
  float index = 0.0F;
  switch (params.nearest) {
    case ResizeNearest::round_prefer_floor:
      index = std::ceil(at - 0.5F);
      break;
    case ResizeNearest::round_prefer_ceil:
      index = std::floor(at + 0.5F);
      break;
    case ResizeNearest::floor:
      index = std::floor(at);
      break;
    case ResizeNearest::ceil:
      index = std::ceil(at);
      break;
  }
  if (!(index > 0.0F)) return 0;
  if (index >= static_cast<float>(axis.input - 1)) return axis.input - 1;
  return static_cast<std::int64_t>(index);
}

std::int64_t resize_tap_count(const ResizeParams& params, const ResizeAxis& axis) noexcept {
  return 2 * half_width(params, axis);
}

bool resize_taps(const ResizeParams& params, const ResizeAxis& axis, std::int64_t o,
                 std::int64_t* indices, double* weights) noexcept {
  const double at = resize_coordinate<double>(params, axis, o);
  if (crops_outside(params, axis, at)) return false;
  const double scale = params.antialias ? std::min(axis.scale, 1.0) : 1.0;
  const double lowest = -4.0e15;
  const double base = std::ceil(std::clamp(at, lowest, -lowest)) - 1.0;
  const double ratio = at - base;  // in (0, 1]: an exact hit belongs to the pixel on the left
  const std::int64_t half = half_width(params, axis);
  double sum = 0.0;
  for (std::int64_t i = 0; i < 2 * half; ++i) {
    const std::int64_t step = i + 1 - half;
    const std::int64_t index = static_cast<std::int64_t>(base) + step;
    const bool outside = index < 0 || index >= axis.input;
    indices[i] = std::clamp<std::int64_t>(index, 0, axis.input - 1);
    weights[i] = outside && params.exclude_outside
                     ? 0.0
                     : filter(params, (static_cast<double>(step) - ratio) * scale);
    sum += weights[i];
  }
  if (sum != 0.0 && (params.antialias || params.exclude_outside)) {
    for (std::int64_t i = 0; i < 2 * half; ++i) weights[i] /= sum;
  }
  return true;
}

}  // namespace vernier
