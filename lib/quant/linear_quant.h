#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/dtype.h"
#include "quant/channel_walk.h"
#include "tensor/tensor.h"

namespace vernier {

/// An interval of real values.
struct Range {
  double low = 0.0;
  double high = 0.0;
};

/// real = scale * (integer - zero_point); integers of `dtype` (uint8 or int8), as QuantizeLinear of
/// ONNX: q = saturate(round_half_even(real / scale) + zero_point), division in float.
struct LinearQuant {
  DType dtype = DType::uint8;
  float scale = 1.0F;
  std::int32_t zero_point = 0;
  [[nodiscard]] Range range() const;
  friend bool operator==(const LinearQuant&, const LinearQuant&) = default;
};

/// uint8 over the range widened to include 0, so that 0 is exact; a range that starts at 0 has zero
/// point 0 and never reaches beyond its end (a fused Clip stays removable). A range without extent,
/// or so small that the scale would not be a normal float, has scale 1.
LinearQuant asymmetric_u8(Range range);
/// int8 with zero point 0, scale = max(|low|, |high|) / 127.
LinearQuant symmetric_s8(Range range);

std::int32_t quantize(float value, const LinearQuant& quant);
/// Quantizes and dequantizes in place (float32, any strides).
void fake_quantize(const MutTensorView& view, const LinearQuant& quant);
/// Only cuts off what the integers cannot hold.
void clip_to_range(const MutTensorView& view, const LinearQuant& quant);

/// Where the output channels of a weight are: [outer, channels, inner] around `axis`.
struct ChannelBlocks {
  std::int64_t outer = 1;
  std::int64_t channels = 1;
  std::int64_t inner = 1;
  ChannelBlocks(const Shape& shape, int axis);
};

/// round_half_even for |x| < 2^22: adding and taking away 1.5 * 2^23 rounds so, and unlike
/// std::nearbyint it is vectorised everywhere.
inline float round_small(float x) {
  constexpr float kMagic = 12582912.0F;
  return (x + kMagic) - kMagic;
}

/// The narrow range -127..127 of weights.
constexpr float kWeightMax = 127.0F;
/// Both integers beside w / scale.
struct WeightSides {
  float nearest = 0.0F;  ///< round_half_even within the narrow range
  float other = 0.0F;    ///< its neighbour on the other side of w / scale, within it
};
inline WeightSides weight_sides(float w, float scale) {
  const float x = w / scale;
  const float nearest = round_small(std::clamp(x, -kWeightMax, kWeightMax));
  const float other = x >= nearest ? nearest + 1.0F : nearest - 1.0F;
  return {nearest, std::clamp(other, -kWeightMax, kWeightMax)};
}

/// Scales tried for a channel: shares of max |w| / 127, 1 first, the last above 0.75.
constexpr int kScaleShares = 32;
inline float scale_share(int k) {
  return 1.0F - 0.25F * static_cast<float>(k) / static_cast<float>(kScaleShares);
}

/// max |w| / 127 for each channel ; 1 for a channel of zeros.
std::vector<float> absmax_scales(std::span<const float> weight, const ChannelBlocks& blocks);
/// The scale of each channel, out of kScaleShares, with the least squared error.
std::vector<float> least_error_scales(std::span<const float> weight, const ChannelBlocks& blocks);
/// WeightSides::nearest; `other` where its bit is set (one an element, lowest first; empty: none).
std::vector<std::int8_t> quantize_weight(std::span<const float> weight, const ChannelBlocks& blocks,
                                         std::span<const float> scales,
                                         std::span<const std::uint8_t> other = {});

/// Raises weight scales where an int32 bias (scale = input_scale * weight scale) would not fit in
/// half of int32's range. Returns the number of channels raised.
int guard_bias(std::span<const float> bias, float input_scale, std::span<float> scales);
/// round_half_even(bias / (input_scale * scale)) of each channel, saturated.
std::vector<std::int32_t> quantize_bias(std::span<const float> bias, float input_scale,
                                        std::span<const float> scales);

}  // namespace vernier
