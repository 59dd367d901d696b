#pragma once
// conv_f32: 2-D convolution in fp32 over channels-last activations.
//
//   dst[n, y, x, o] = act(bias[o] + residual[n, y, x, o] +
//       sum over ky, kx, c of src[n, y*sh - pt + ky*dh, x*sw - pl + kx*dw, c] * weights[o, c, ky,
//       kx])
//
// Implicit GEMM: pixels are the rows of A, reached through row pointers (one a pixel and tap), so
// that neither an im2col buffer nor a padded input exists; padding reads a row of zeros.
// Convolution 1-D is the case of height 1. The bits of dst do not depend on how items are split
// over threads.
//
// Padding contributes 0 * weight: exactly nothing for finite weights, NaN where a weight is
// infinite or NaN, as a convolution over an explicitly padded input gives.
#include <cstddef>
#include <cstdint>

#include "backend/cpu/kernels/conv/winograd.h"
#include "backend/cpu/kernels/gemm/gemm.h"

namespace vernier {

// All sizes >= 1 (pads >= 0). Pads at the end follow from oh and ow: any input position outside [0,
// ih) x [0, iw) reads 0. ic and oc are totals, divisible by groups.
struct ConvShape {
  ptrdiff_t n;
  ptrdiff_t ih, iw, ic;
  ptrdiff_t oh, ow, oc;
  ptrdiff_t kh, kw;
  ptrdiff_t stride_h, stride_w;
  ptrdiff_t pad_top, pad_left;
  ptrdiff_t dilation_h, dilation_w;
  ptrdiff_t groups;
};

// Strides in floats of a view with logical axes n, h, w, c; kernels require c == 1 where they say
// so.
struct NhwcStrides {
  ptrdiff_t n, h, w;
};

enum class ConvMode : std::uint8_t {
  direct,    // row pointers into src
  gathered,  // input rows of a chunk are copied, zero-padded and dense, into scratch; a tap is then
             // a whole kernel row
  winograd,  // see winograd.h
};

struct ConvF32Plan {
  const GemmF32Kernel* kernel;
  const WinogradF32Kernel* winograd;  // null unless mode is winograd
  ConvShape shape;
  ConvMode mode;
  PanelLayout panels;     // of one group
  ptrdiff_t taps, run;    // K = taps * run
  ptrdiff_t panel_group;  // panels of one item
  ptrdiff_t panel_groups;
  ptrdiff_t chunks;  // pixel ranges (direct), ranges of output rows of one image (gathered), of
                     // tiles (winograd)
  ptrdiff_t chunk_pixels;  // the most pixels (winograd: tiles) of a chunk
  ptrdiff_t chunk_rows;    // gathered: output rows of a chunk
  ptrdiff_t items;
  size_t packed_floats;  // packed weights; their layout depends on the mode and (kernel, oc, ic,
                         // kh, kw, groups)
  size_t scratch_bytes;  // per thread, 64-byte aligned
};

// `dense_channels`: the channel stride of src is 1. A src of any other channel stride (the NCHW
// input of a model) and one of few channels take the gathered mode. `winograd`, a row from
// conv_winograd_select, allows the winograd mode where it applies; null forbids it. Direct and
// gathered weights are packed alike.
ConvF32Plan conv_f32_plan(const GemmF32Kernel& kernel, const ConvShape& shape, bool dense_channels,
                          const WinogradF32Kernel* winograd = nullptr);

// weights: dense [oc][ic / groups][kh][kw].
void conv_f32_pack(const ConvF32Plan& plan, const float* weights, float* packed);

struct ConvF32Args {
  const float* src;
  NhwcStrides src_strides;
  ptrdiff_t src_channel_stride;  // 1 unless planned with dense_channels = false
  const float* packed;
  const float* bias;      // oc floats or null
  const float* residual;  // n, oh, ow, oc with channel stride 1, or null; may be dst itself with
                          // the same strides
  NhwcStrides residual_strides;
  float* dst;  // channel stride 1; only the oc channels of each pixel are written
  NhwcStrides dst_strides;
  ActivationF32 act;
};

// Computes items [item_begin, item_end) of plan.items. `scratch` has plan.scratch_bytes and belongs
// to this thread.
void conv_f32_run(const ConvF32Plan& plan, const ConvF32Args& args, ptrdiff_t item_begin,
                  ptrdiff_t item_end, void* scratch);

// The name reports give to this plan's kernel: conv_f32_<isa>_<tile>, conv_f32_<isa>_winograd4x4.
const char* conv_f32_name(const ConvF32Plan& plan);

}  // namespace vernier
