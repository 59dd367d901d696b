#pragma once

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

/// Where the output channels of a weight are: [outer, channels, inner] around `axis`.
struct ChannelBlocks {
  std::int64_t outer = 1;
  std::int64_t channels = 1;
  std::int64_t inner = 1;
  ChannelBlocks(const Shape& shape, int axis);
};

/// max |w| / 127 for each channel (the narrow range -127..127); 1 for a channel of zeros.
std::vector<float> absmax_scales(std::span<const float> weight, const ChannelBlocks& blocks);
/// The scale of each channel, out of 32 from 0.75 to 1 times max |w| / 127, with the least squared
/// error.
std::vector<float> least_error_scales(std::span<const float> weight, const ChannelBlocks& blocks);
/// round_half_even(w / scale) within -127..127. Where a bit of `other` is set (one an element,
/// lowest first; empty: none), the neighbouring integer on the other side of w / scale.
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
