#include "backend/cpu/kernels/copy/copy_kernel.h"

namespace vernier {
namespace {

void transpose_b32(const uint32_t* src, ptrdiff_t src_pitch, uint32_t* dst, ptrdiff_t dst_pitch,
                   ptrdiff_t rows, ptrdiff_t cols) {
  ptrdiff_t j = 0;
  for (; j + 4 <= cols; j += 4) {
    const uint32_t* s0 = src + j * src_pitch;
    const uint32_t* s1 = s0 + src_pitch;
    const uint32_t* s2 = s1 + src_pitch;
    const uint32_t* s3 = s2 + src_pitch;
    for (ptrdiff_t i = 0; i < rows; ++i) {
      uint32_t* d = dst + i * dst_pitch + j;
      d[0] = s0[i];
      d[1] = s1[i];
      d[2] = s2[i];
      d[3] = s3[i];
    }
  }
  for (; j < cols; ++j) {
    for (ptrdiff_t i = 0; i < rows; ++i) dst[i * dst_pitch + j] = src[j * src_pitch + i];
  }
}

}  // namespace

const CopyKernel copy_b32_generic_4x4 = {"copy_b32_generic_4x4", transpose_b32};

}  // namespace vernier
