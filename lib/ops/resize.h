#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "graph/op_def.h"

namespace vernier {

enum class ResizeMode : std::uint8_t { nearest, linear, cubic };
enum class ResizeCoordinates : std::uint8_t {
  half_pixel,
  half_pixel_symmetric,
  pytorch_half_pixel,
  align_corners,
  asymmetric,
  tf_half_pixel_for_nn,
  tf_crop_and_resize,
};
enum class ResizeNearest : std::uint8_t { round_prefer_floor, round_prefer_ceil, floor, ceil };
enum class ResizeAspect : std::uint8_t { stretch, not_larger, not_smaller };

/// Resize: inputs X, roi?, scales?, sizes? (exactly one of the last two; an empty one is absent).
struct ResizeParams final : OpParams {
  ResizeMode mode = ResizeMode::nearest;
  ResizeCoordinates coordinates = ResizeCoordinates::half_pixel;
  ResizeNearest nearest = ResizeNearest::round_prefer_floor;
  ResizeAspect aspect = ResizeAspect::stretch;
  bool antialias = false;
  bool exclude_outside = false;
  float cubic_coeff_a = -0.75F;
  float extrapolation_value = 0.0F;
  std::vector<std::int64_t> axes;  ///< empty: all
};
extern const OpDef resize_op;

/// One axis of a resize.
struct ResizeAxis {
  std::int64_t input = 0;
  std::int64_t output = 0;
  double scale = 1.0;
  double roi_begin = 0.0;  ///< tf_crop_and_resize only, normalised
  double roi_end = 1.0;
  /// Nothing to do: output i is input i.
  [[nodiscard]] bool identity() const noexcept {
    return input == output && scale == 1.0 && roi_begin == 0.0 && roi_end == 1.0;
  }
};
struct ResolvedResize {
  std::array<ResizeAxis, kMaxRank> axes{};
  Shape output;
};

/// `scales` or `sizes` (one of them non-empty) have one value per listed axis; `roi` is empty or
/// has two per listed axis. Errors: invalid_model E-MODEL-SHAPE / E-MODEL-ATTR, invalid_data for
/// scales that are not positive and finite or negative sizes, limit for outputs beyond int64.
Result<ResolvedResize> resolve_resize(const ResizeParams& params, const Shape& x,
                                      std::span<const float> scales,
                                      std::span<const std::int64_t> sizes,
                                      std::span<const double> roi);

/// The input position that output index `o` of an axis reads; T is float or double.
template <class T>
T resize_coordinate(const ResizeParams& params, const ResizeAxis& axis, std::int64_t o) noexcept;

/// The input index that output index `o` copies in nearest mode, clamped to the input; -1 where
/// tf_crop_and_resize reads outside. Computed in float, as the peers do, so that ties agree.
std::int64_t resize_nearest_index(const ResizeParams& params, const ResizeAxis& axis,
                                  std::int64_t o) noexcept;

/// Most taps that one output index of the axis reads in linear and cubic mode.
std::int64_t resize_tap_count(const ResizeParams& params, const ResizeAxis& axis) noexcept;
/// Writes the taps of output index `o`: input indices (clamped) and weights, resize_tap_count() of
/// each. Returns false where tf_crop_and_resize reads outside (the output is extrapolation_value).
bool resize_taps(const ResizeParams& params, const ResizeAxis& axis, std::int64_t o,
                 std::int64_t* indices, double* weights) noexcept;

}  // namespace vernier
