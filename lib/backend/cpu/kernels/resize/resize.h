#pragma once
// resize_f32: one row of a linearly resized channels-last picture.
//   y[ow, c] = sum over i, j in {0, 1} of row_weight[i] * col_weight[j][ow] * row[i][col[j][ow], c]
#include <cstddef>
#include <cstdint>

namespace vernier {

struct ResizeF32Args {
  const float* row[2];         // two input rows (may be equal)
  float row_weight[2];         // a weight of 0 leaves its row unread
  const int32_t* col[2];       // [out_w] input columns
  const float* col_weight[2];  // [out_w]
  ptrdiff_t src_pixel;
  float* dst;
  ptrdiff_t dst_pixel;
  ptrdiff_t out_w;
  ptrdiff_t channels;
};
using ResizeF32Fn = void (*)(const ResizeF32Args& args);

struct ResizeF32Kernel {
  const char* name;
  ResizeF32Fn linear;
};
#define VERNIER_RESIZE_F32(isa, kernel) extern const ResizeF32Kernel kernel;
#include "backend/cpu/kernels/resize/kernels.inc"
#undef VERNIER_RESIZE_F32

}  // namespace vernier
