#include "backend/cpu/kernels/depthwise/depthwise.h"

#include <algorithm>
#include <cstring>

namespace vernier {
namespace {

constexpr ptrdiff_t kEnoughRows = 32;
constexpr ptrdiff_t kMaxChannelGroups = 4;
constexpr ptrdiff_t kMinGroupVectors = 2;

ptrdiff_t channel_vectors(const DepthwiseF32Kernel& kernel, ptrdiff_t channels) {
  return (channels + kernel.lanes - 1) / kernel.lanes;
}

ptrdiff_t channel_groups(const DepthwiseF32Kernel& kernel, const DepthwiseF32Args& args) {
  if (args.n * args.oh >= kEnoughRows) return 1;
  const ptrdiff_t vectors = channel_vectors(kernel, args.channels);
  return std::clamp<ptrdiff_t>(vectors / kMinGroupVectors, 1, kMaxChannelGroups);
}

}  // namespace

size_t depthwise_f32_packed_floats(const DepthwiseF32Kernel& kernel, ptrdiff_t channels,
                                   ptrdiff_t kh, ptrdiff_t kw) {
  return static_cast<size_t>(channel_vectors(kernel, channels) * kernel.lanes) *
         static_cast<size_t>(kh * kw);
}

void depthwise_f32_pack(const DepthwiseF32Kernel& kernel, const float* weights, ptrdiff_t channels,
                        ptrdiff_t kh, ptrdiff_t kw, float* packed) {
  const ptrdiff_t padded = channel_vectors(kernel, channels) * kernel.lanes;
  const ptrdiff_t taps = kh * kw;
  std::memset(packed, 0, depthwise_f32_packed_floats(kernel, channels, kh, kw) * sizeof(float));
  for (ptrdiff_t c = 0; c < channels; ++c) {
    for (ptrdiff_t t = 0; t < taps; ++t) packed[t * padded + c] = weights[c * taps + t];
  }
}

ptrdiff_t depthwise_f32_items(const DepthwiseF32Kernel& kernel, const DepthwiseF32Args& args) {
  return args.n * args.oh * channel_groups(kernel, args);
}

void depthwise_f32_run(const DepthwiseF32Kernel& kernel, const DepthwiseF32Args& args,
                       ptrdiff_t item_begin, ptrdiff_t item_end) {
  const ptrdiff_t rows = args.n * args.oh;
  const ptrdiff_t groups = channel_groups(kernel, args);
  const ptrdiff_t vectors = channel_vectors(kernel, args.channels);
  for (ptrdiff_t item = item_begin; item < item_end; ++item) {
    const ptrdiff_t group = item / rows;
    const ptrdiff_t row = item % rows;
    const ptrdiff_t c_begin = vectors * group / groups * kernel.lanes;
    const ptrdiff_t c_end = std::min(vectors * (group + 1) / groups * kernel.lanes, args.channels);
    kernel.row(args, row / args.oh, row % args.oh, c_begin, c_end);
  }
}

}  // namespace vernier
