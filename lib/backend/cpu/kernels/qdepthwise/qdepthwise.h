#pragma once
// qdepthwise: depthwise 2-D convolution of 8-bit channels-last activations (groups == ic == oc).
//
//   sum[n, y, x, c] = bias[c] + sum over ky, kx of
//       (src[n, y*sh - pt + ky*dh, x*sw - pl + kx*dw, c] - x_zero) * (weights[c, ky, kx] - w_zero)
//
// then the epilogue of qsimd/epilogue.h; padding adds exactly nothing. Weights have the default
// zero point (0 for s8, 128 for u8); others take qconv. The bits of dst depend neither on the row
// of kernels.inc nor on how items are split over threads.
#include <cstddef>
#include <cstdint>

#include "backend/cpu/kernels/qsimd/epilogue.h"

namespace vernier {

struct QDepthwiseArgs {
  const void* src;                // channel stride 1
  ptrdiff_t src_n, src_h, src_w;  // bytes
  bool x_signed;
  std::int32_t x_zero;   // in src's own type
  const void* packed;    // from qdepthwise_pack
  const void* residual;  // bytes n, oh, ow, channels, channel stride 1, or null; may be dst itself
  ptrdiff_t residual_n, residual_h, residual_w;
  void* dst;  // bytes or floats, channel stride 1; only `channels` of each pixel are written
  ptrdiff_t dst_n, dst_h, dst_w;  // elements
  ptrdiff_t n, channels;
  ptrdiff_t ih, iw;
  ptrdiff_t oh, ow;
  ptrdiff_t kh, kw;
  ptrdiff_t stride_h, stride_w;
  ptrdiff_t pad_top, pad_left;  // pads at the end follow from oh, ow
  ptrdiff_t dilation_h, dilation_w;
  QEpilogue epilogue;
};

// One row of qdepthwise/kernels.inc. All rows are exact and give the same bits.
struct QDepthwiseKernel {
  const char* name;
  // Sizes of its blocks of channels, see layout.h.
  int wide_block, half_block, narrow_block;
  // Output row (image, y) of blocks [block_begin, block_end).
  void (*row)(const QDepthwiseArgs& args, ptrdiff_t image, ptrdiff_t y, ptrdiff_t block_begin,
              ptrdiff_t block_end);
};

#define VERNIER_QDEPTHWISE(isa, extra, kernel) extern const QDepthwiseKernel kernel;
#include "backend/cpu/kernels/qdepthwise/kernels.inc"
#undef VERNIER_QDEPTHWISE

// Packed weights and channel numbers; their layout depends on kw, stride_w and dilation_w too.
// Uses channels, kh, kw, stride_w and dilation_w of `shape`.
size_t qdepthwise_packed_bytes(const QDepthwiseKernel& kernel, const QDepthwiseArgs& shape);
// weights: dense bytes [channels][kh][kw] (ONNX [C, 1, kh, kw]), s8 or u8. Also uses x_signed and
// x_zero of `shape`; channels.weight_zero is not used.
void qdepthwise_pack(const QDepthwiseKernel& kernel, const QDepthwiseArgs& shape,
                     const void* weights, bool weights_signed, const QChannels& channels,
                     void* packed);

// Items are output rows, cut into channel groups where rows are few. Uses n, oh and channels.
ptrdiff_t qdepthwise_items(const QDepthwiseKernel& kernel, const QDepthwiseArgs& args);
void qdepthwise_run(const QDepthwiseKernel& kernel, const QDepthwiseArgs& args,
                    ptrdiff_t item_begin, ptrdiff_t item_end);

}  // namespace vernier
