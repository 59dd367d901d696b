#include "quant/linear_quant.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

namespace vernier {
namespace {

struct Limits {
  float low;
  float high;
};
Limits integer_limits(DType dtype) {
  return dtype == DType::int8 ? Limits{-128.0F, 127.0F} : Limits{0.0F, 255.0F};
}

bool usable(double scale) { return std::isfinite(scale) && scale >= static_cast<double>(FLT_MIN); }

float max_magnitude(std::span<const float> weight, const ChannelBlocks& blocks, std::int64_t c) {
  float most = 0.0F;
  for (std::int64_t o = 0; o < blocks.outer; ++o) {
    const float* at = weight.data() + (o * blocks.channels + c) * blocks.inner;
    for (std::int64_t i = 0; i < blocks.inner; ++i) most = std::max(most, std::abs(at[i]));
  }
  return most;
}

double squared_error(std::span<const float> weight, const ChannelBlocks& blocks, std::int64_t c,
                     float scale) {
  double error = 0.0;
  for (std::int64_t o = 0; o < blocks.outer; ++o) {
    const float* at = weight.data() + (o * blocks.channels + c) * blocks.inner;
    for (std::int64_t i = 0; i < blocks.inner; ++i) {
      const float q = round_small(std::clamp(at[i] / scale, -kWeightMax, kWeightMax));
      const double d = static_cast<double>(at[i]) - static_cast<double>(q * scale);
      error += d * d;
    }
  }
  return error;
}

}  // namespace

Range LinearQuant::range() const {
  const Limits limits = integer_limits(dtype);
  const double s = static_cast<double>(scale);
  return {s * static_cast<double>(limits.low - static_cast<float>(zero_point)),
          s * static_cast<double>(limits.high - static_cast<float>(zero_point))};
}

LinearQuant asymmetric_u8(Range range) {
  const double low = std::min(range.low, 0.0);
  const double high = std::max(range.high, 0.0);
  const double scale = (high - low) / 255.0;
  if (!usable(scale)) return {DType::uint8, 1.0F, 0};
  auto rounded = static_cast<float>(scale);
  if (low == 0.0 && static_cast<double>(rounded * 255.0F) > high) {
    rounded = std::nextafter(rounded, 0.0F);
  }
  const double zero = std::nearbyint(-low / scale);
  return {DType::uint8, rounded, static_cast<std::int32_t>(std::clamp(zero, 0.0, 255.0))};
}

LinearQuant symmetric_s8(Range range) {
  const double most = std::max(std::abs(range.low), std::abs(range.high));
  const double scale = most / 127.0;
  if (!usable(scale)) return {DType::int8, 1.0F, 0};
  return {DType::int8, static_cast<float>(scale), 0};
}

std::int32_t quantize(float value, const LinearQuant& quant) {
  const Limits limits = integer_limits(quant.dtype);
  const auto zero = static_cast<float>(quant.zero_point);
  const float x = std::clamp(value / quant.scale, limits.low - zero, limits.high - zero);
  return static_cast<std::int32_t>(round_small(x)) + quant.zero_point;
}

void fake_quantize(const MutTensorView& view, const LinearQuant& quant) {
  if (view.element_count() == 0) return;
  const Limits limits = integer_limits(quant.dtype);
  const auto zero = static_cast<float>(quant.zero_point);
  const float low = limits.low - zero;
  const float high = limits.high - zero;
  const float scale = quant.scale;
  const ChannelWalk walk(view, neighbour_axis(view));
  walk.for_each_run(view, [&](float* run, std::int64_t count, std::int64_t) {
    for (std::int64_t i = 0; i < count; ++i) {
      float x = run[i] / scale;
      x = x < low ? low : x;
      x = x > high ? high : x;
      run[i] = round_small(x) * scale;
    }
  });
}

void clip_to_range(const MutTensorView& view, const LinearQuant& quant) {
  if (view.element_count() == 0) return;
  const Range range = quant.range();
  const auto low = static_cast<float>(range.low);
  const auto high = static_cast<float>(range.high);
  const ChannelWalk walk(view, neighbour_axis(view));
  walk.for_each_run(view, [&](float* run, std::int64_t count, std::int64_t) {
    for (std::int64_t i = 0; i < count; ++i) {
      const float x = run[i] < low ? low : run[i];
      run[i] = x > high ? high : x;
    }
  });
}

ChannelBlocks::ChannelBlocks(const Shape& shape, int axis) {
  const auto at = static_cast<std::size_t>(axis);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i < at) outer *= shape[i];
    if (i == at) channels = shape[i];
    if (i > at) inner *= shape[i];
  }
}

std::vector<float> absmax_scales(std::span<const float> weight, const ChannelBlocks& blocks) {
  std::vector<float> scales;
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    const float scale = max_magnitude(weight, blocks, c) / kWeightMax;
    scales.push_back(usable(static_cast<double>(scale)) ? scale : 1.0F);
  }
  return scales;
}

std::vector<float> least_error_scales(std::span<const float> weight, const ChannelBlocks& blocks) {
  std::vector<float> scales = absmax_scales(weight, blocks);
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    float& scale = scales[static_cast<std::size_t>(c)];
    const float widest = scale;
    double least = squared_error(weight, blocks, c, widest);
    for (int k = 1; k < kScaleShares; ++k) {
      const float candidate = widest * scale_share(k);
      const double error = squared_error(weight, blocks, c, candidate);
      if (error >= least) continue;
      least = error;
      scale = candidate;
    }
  }
  return scales;
}

std::vector<std::int8_t> quantize_weight(std::span<const float> weight, const ChannelBlocks& blocks,
                                         std::span<const float> scales,
                                         std::span<const std::uint8_t> other) {
  std::vector<std::int8_t> integers(weight.size());
  std::size_t at = 0;
  for (std::int64_t o = 0; o < blocks.outer; ++o) {
    for (std::int64_t c = 0; c < blocks.channels; ++c) {
      const float scale = scales[static_cast<std::size_t>(c)];
      for (std::int64_t i = 0; i < blocks.inner; ++i, ++at) {
        const WeightSides sides = weight_sides(weight[at], scale);
        const bool changed = !other.empty() && ((other[at / 8] >> (at % 8)) & 1U) != 0U;
        integers[at] = static_cast<std::int8_t>(changed ? sides.other : sides.nearest);
      }
    }
  }
  return integers;
}

int guard_bias(std::span<const float> bias, float input_scale, std::span<float> scales) {
  constexpr double kMost = 1073741823.0;  // half of int32's range
  int raised = 0;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    const double magnitude = std::abs(static_cast<double>(bias[c]));
    const double unit = static_cast<double>(input_scale) * static_cast<double>(scales[c]);
    if (magnitude <= kMost * unit) continue;
    scales[c] = static_cast<float>(magnitude / (kMost * static_cast<double>(input_scale)));
    ++raised;
  }
  return raised;
}

std::vector<std::int32_t> quantize_bias(std::span<const float> bias, float input_scale,
                                        std::span<const float> scales) {
  std::vector<std::int32_t> integers;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    // The product is rounded to float, because the file holds it so.
    const double unit = static_cast<double>(input_scale * scales[c]);
    const double q = std::nearbyint(static_cast<double>(bias[c]) / unit);
    integers.push_back(static_cast<std::int32_t>(
        std::clamp(q, static_cast<double>(std::numeric_limits<std::int32_t>::min()),
                   static_cast<double>(std::numeric_limits<std::int32_t>::max()))));
  }
  return integers;
}

}  // namespace vernier
