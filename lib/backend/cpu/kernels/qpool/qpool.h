#pragma once
// qpool: maximum or mean over windows of an 8-bit channels-last picture, one output row per call.
//
//   max:      y = the largest x of the window inside the input, as bytes of x's type
//   average:  t = float(sum of (x - x_zero) over the taps inside the input) * (scale / count),
//             y = clamp(round_even(t) + y_zero, y_lo, y_hi), scale = s_x / s_y; the division and
//             the product are rounded to fp32 each
//
// A global average is the window that is the whole picture. Every row of kernels.inc gives the same
// bits.
#include <cstddef>
#include <cstdint>

namespace vernier {

struct QPoolArgs {
  const void* src;      // pixel (0, 0) of the picture; channels have stride 1
  ptrdiff_t src_row;    // bytes between input rows
  ptrdiff_t src_pixel;  // bytes between input pixels, >= channels
  void* dst;            // first pixel of the output row
  ptrdiff_t dst_pixel;
  bool is_signed;  // src is s8, else u8
  ptrdiff_t channels;
  ptrdiff_t in_h, in_w, out_w;
  ptrdiff_t kernel_h, kernel_w;
  ptrdiff_t dilation_h, dilation_w;
  ptrdiff_t stride_w;
  ptrdiff_t first_h;  // input row of tap 0; may be negative
  ptrdiff_t pad_w;    // left padding
  // Average: taps in rows below in_h + pad_end_h and columns below in_w + pad_end_w count
  // (count_include_pad) when `count_padding`, otherwise those inside the input.
  bool count_padding;
  ptrdiff_t pad_end_h, pad_end_w;
  std::int32_t x_zero;
  float scale;
  std::int32_t y_zero, y_lo, y_hi;
};
using QPoolFn = void (*)(const QPoolArgs& args);

// A window without any input element gives the smallest value of the type as its maximum, and
// y_zero (clamped) as its average.
struct QPoolKernel {
  const char* name;
  QPoolFn max;
  QPoolFn average;
};
#define VERNIER_QPOOL(isa, extra, kernel) extern const QPoolKernel kernel;
#include "backend/cpu/kernels/qpool/kernels.inc"
#undef VERNIER_QPOOL

}  // namespace vernier
