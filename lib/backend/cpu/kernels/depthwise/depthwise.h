#pragma once
// depthwise_f32: 2-D depthwise convolution (multiplier 1) over channels-last activations.
//
//   dst[n, y, x, c] = act(bias[c] + residual[n, y, x, c] +
//       sum over ky, kx of src[n, y*sh - pt + ky*dh, x*sw - pl + kx*dw, c] * weights[c, ky, kx])
//
// Vectors run over channels, a tile over up to 8 output pixels of one row. Kernel rows that fall
// wholly into the padding are skipped; horizontal padding multiplies a weight by 0. The bits of dst
// do not depend on how items are split over threads.
#include <cstddef>

#include "backend/cpu/kernels/simd/activation.h"

namespace vernier {

struct DepthwiseF32Args {
  const float* src;               // channel stride 1
  ptrdiff_t src_n, src_h, src_w;  // strides in floats
  const float* packed;            // from depthwise_f32_pack
  const float* bias;              // `channels` floats or null
  const float* residual;  // n, oh, ow, channels with channel stride 1, or null; may be dst itself
  ptrdiff_t residual_n, residual_h, residual_w;
  float* dst;  // channel stride 1; only `channels` floats of each pixel are written
  ptrdiff_t dst_n, dst_h, dst_w;
  ptrdiff_t n, channels;
  ptrdiff_t ih, iw;
  ptrdiff_t oh, ow;
  ptrdiff_t kh, kw;
  ptrdiff_t stride_h, stride_w;
  ptrdiff_t pad_top, pad_left;  // pads at the end follow from oh, ow
  ptrdiff_t dilation_h, dilation_w;
  ActivationF32 act;
};

// One row of depthwise/kernels.inc.
struct DepthwiseF32Kernel {
  const char* name;
  int lanes;
  // Computes channels [c_begin, c_end) of output row (image, y); c_begin is a multiple of lanes.
  void (*row)(const DepthwiseF32Args& args, ptrdiff_t image, ptrdiff_t y, ptrdiff_t c_begin,
              ptrdiff_t c_end);
};

#define VERNIER_DEPTHWISE_F32(isa, kernel) extern const DepthwiseF32Kernel kernel;
#include "backend/cpu/kernels/depthwise/kernels.inc"
#undef VERNIER_DEPTHWISE_F32

// Size of the packed weights: [kh][kw][channels rounded up to lanes].
size_t depthwise_f32_packed_floats(const DepthwiseF32Kernel& kernel, ptrdiff_t channels,
                                   ptrdiff_t kh, ptrdiff_t kw);
// weights: dense [channels][kh][kw] (ONNX [C, 1, kh, kw]).
void depthwise_f32_pack(const DepthwiseF32Kernel& kernel, const float* weights, ptrdiff_t channels,
                        ptrdiff_t kh, ptrdiff_t kw, float* packed);

// Items are output rows, cut into channel groups where rows are few. Uses n, oh and channels of
// args.
ptrdiff_t depthwise_f32_items(const DepthwiseF32Kernel& kernel, const DepthwiseF32Args& args);
void depthwise_f32_run(const DepthwiseF32Kernel& kernel, const DepthwiseF32Args& args,
                       ptrdiff_t item_begin, ptrdiff_t item_end);

}  // namespace vernier
