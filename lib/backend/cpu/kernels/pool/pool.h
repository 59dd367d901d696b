#pragma once
// pool_f32: maximum or mean over windows of a channels-last picture, one output row per call.
//   y[ow, c] = max or sum / divisor over taps (kh, kw) inside the input of x[ih + kh dh, ow sw - pw
//   + kw dw, c]
// NaN in a window makes the result NaN. The bits do not depend on how rows are split over calls.
#include <cstddef>

namespace vernier {

struct PoolF32Args {
  const float* src;     // pixel (0, 0) of the picture; channels have stride 1
  ptrdiff_t src_row;    // elements between input rows
  ptrdiff_t src_pixel;  // elements between input pixels, >= channels
  float* dst;           // first pixel of the output row
  ptrdiff_t dst_pixel;
  ptrdiff_t channels;
  ptrdiff_t in_h, in_w, out_w;
  ptrdiff_t kernel_h, kernel_w;
  ptrdiff_t dilation_h, dilation_w;
  ptrdiff_t stride_w;
  ptrdiff_t first_h;  // input row of tap 0; may be negative
  ptrdiff_t pad_w;    // left padding
  // Mean: taps in rows below in_h + pad_end_h and columns below in_w + pad_end_w count
  // (count_include_pad) when `count_padding`, otherwise those inside the input.
  bool count_padding;
  ptrdiff_t pad_end_h, pad_end_w;
};
using PoolF32Fn = void (*)(const PoolF32Args& args);

struct PoolF32Kernel {
  const char* name;
  PoolF32Fn max;      // a window without any input element gives -inf
  PoolF32Fn average;  // and 0 / 0 = NaN here
};
#define VERNIER_POOL_F32(isa, kernel) extern const PoolF32Kernel kernel;
#include "backend/cpu/kernels/pool/kernels.inc"
#undef VERNIER_POOL_F32

}  // namespace vernier
