#pragma once
// qconv: 2-D convolution of 8-bit channels-last activations.
//
//   sum[n, y, x, o] = bias[o] + sum over ky, kx, c of
//       (src[n, y*sh - pt + ky*dh, x*sw - pl + kx*dw, c] - x_zero) * (weights[o, c, ky, kx] -
//       w_zero[o])
//
// then the epilogue of qsimd/epilogue.h; padding adds exactly nothing. Implicit GEMM as in
// conv/conv.h: pixels are rows, reached through pointers; padding reads a row of zero points. Any
// number of groups (depthwise ones are faster in qdepthwise). The bits of dst depend neither on the
// row of kernels.inc nor on how items are split over threads.
#include <cstddef>
#include <cstdint>

#include "backend/cpu/kernels/conv/conv.h"
#include "backend/cpu/kernels/qgemm/qgemm.h"

namespace vernier {

enum class QConvMode : std::uint8_t {
  direct,    // row pointers into src
  gathered,  // input rows of a chunk are copied, padded and dense, into scratch; a tap is then a
             // whole kernel row where dilation allows
};

struct QConvPlan {
  const QGemmKernel* kernel;
  QFormat format;
  ConvShape shape;
  QConvMode mode;
  PanelLayout panels;     // of one group
  ptrdiff_t taps, run;    // K = taps * run
  ptrdiff_t panel_group;  // panels of one item
  ptrdiff_t panel_groups;
  ptrdiff_t chunks;        // pixel ranges (direct), ranges of output rows of one image (gathered)
  ptrdiff_t chunk_pixels;  // the most pixels of a chunk
  ptrdiff_t chunk_rows;    // gathered: output rows of a chunk
  ptrdiff_t items;
  size_t packed_bytes;   // layout depends on the mode and (kernel, oc, ic, kh, kw, groups)
  size_t scratch_bytes;  // per thread, 64-byte aligned
};

// `kernel` is a row from qgemm_select. ic / groups * kh * kw <= q_max_k(format). `dense_channels`:
// the channel stride of src is 1; a src of any other channel stride takes the gathered mode.
QConvPlan qconv_plan(const QGemmKernel& kernel, const QFormat& format, const ConvShape& shape,
                     bool dense_channels);

// weights: dense bytes [oc][ic / groups][kh][kw]. `packed` has plan.packed_bytes, 64-byte aligned.
void qconv_pack(const QConvPlan& plan, const void* weights, const QChannels& channels,
                void* packed);

struct QConvArgs {
  const void* src;
  NhwcStrides src_strides;       // bytes
  ptrdiff_t src_channel_stride;  // 1 unless planned with dense_channels = false
  const void* packed;
  const void* residual;  // n, oh, ow, oc bytes with channel stride 1, or null; may be dst itself
                         // with the same strides
  NhwcStrides residual_strides;
  void* dst;                // channel stride 1; only the oc channels of each pixel are written
  NhwcStrides dst_strides;  // elements
  QEpilogue epilogue;
};

// Computes items [item_begin, item_end) of plan.items. `scratch` has plan.scratch_bytes and belongs
// to this thread.
void qconv_run(const QConvPlan& plan, const QConvArgs& args, ptrdiff_t item_begin,
               ptrdiff_t item_end, void* scratch);

// The name reports give to this plan's kernel: qconv_<isa>_<tile>.
const char* qconv_name(const QConvPlan& plan);

}  // namespace vernier
