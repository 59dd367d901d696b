#pragma once
// The 8x8 transpose, once for every ISA with 256-bit vectors. The including file defines before it,
// in the anonymous namespace: lanes(n) -> mask of the first n lanes, load_lanes(p, mask),
// store_lanes(p, mask, v).
#include <immintrin.h>

#include "backend/cpu/kernels/copy/copy_kernel.h"

namespace vernier {
namespace {

inline __attribute__((always_inline)) void transpose8(__m256 r[8]) {
  const __m256 t0 = _mm256_unpacklo_ps(r[0], r[1]);
  const __m256 t1 = _mm256_unpackhi_ps(r[0], r[1]);
  const __m256 t2 = _mm256_unpacklo_ps(r[2], r[3]);
  const __m256 t3 = _mm256_unpackhi_ps(r[2], r[3]);
  const __m256 t4 = _mm256_unpacklo_ps(r[4], r[5]);
  const __m256 t5 = _mm256_unpackhi_ps(r[4], r[5]);
  const __m256 t6 = _mm256_unpacklo_ps(r[6], r[7]);
  const __m256 t7 = _mm256_unpackhi_ps(r[6], r[7]);
  const __m256 u0 = _mm256_shuffle_ps(t0, t2, 0x44);
  const __m256 u1 = _mm256_shuffle_ps(t0, t2, 0xEE);
  const __m256 u2 = _mm256_shuffle_ps(t1, t3, 0x44);
  const __m256 u3 = _mm256_shuffle_ps(t1, t3, 0xEE);
  const __m256 u4 = _mm256_shuffle_ps(t4, t6, 0x44);
  const __m256 u5 = _mm256_shuffle_ps(t4, t6, 0xEE);
  const __m256 u6 = _mm256_shuffle_ps(t5, t7, 0x44);
  const __m256 u7 = _mm256_shuffle_ps(t5, t7, 0xEE);
  r[0] = _mm256_permute2f128_ps(u0, u4, 0x20);
  r[1] = _mm256_permute2f128_ps(u1, u5, 0x20);
  r[2] = _mm256_permute2f128_ps(u2, u6, 0x20);
  r[3] = _mm256_permute2f128_ps(u3, u7, 0x20);
  r[4] = _mm256_permute2f128_ps(u0, u4, 0x31);
  r[5] = _mm256_permute2f128_ps(u1, u5, 0x31);
  r[6] = _mm256_permute2f128_ps(u2, u6, 0x31);
  r[7] = _mm256_permute2f128_ps(u3, u7, 0x31);
}

void transpose_b32(const uint32_t* src, ptrdiff_t src_pitch, uint32_t* dst, ptrdiff_t dst_pitch,
                   ptrdiff_t rows, ptrdiff_t cols) {
  const float* s = reinterpret_cast<const float*>(src);
  float* d = reinterpret_cast<float*>(dst);
  for (ptrdiff_t i = 0; i < rows; i += 8) {
    const ptrdiff_t nr = rows - i < 8 ? rows - i : 8;
    for (ptrdiff_t j = 0; j < cols; j += 8) {
      const ptrdiff_t nc = cols - j < 8 ? cols - j : 8;
      __m256 r[8];
      if (nr == 8 && nc == 8) {
        for (int c = 0; c < 8; ++c) r[c] = _mm256_loadu_ps(s + (j + c) * src_pitch + i);
        transpose8(r);
        for (int k = 0; k < 8; ++k) _mm256_storeu_ps(d + (i + k) * dst_pitch + j, r[k]);
        continue;
      }
      const auto row_mask = lanes(nr);
      const auto col_mask = lanes(nc);
      for (int c = 0; c < 8; ++c) {
        r[c] = c < nc ? load_lanes(s + (j + c) * src_pitch + i, row_mask) : _mm256_setzero_ps();
      }
      transpose8(r);
      for (int k = 0; k < nr; ++k) store_lanes(d + (i + k) * dst_pitch + j, col_mask, r[k]);
    }
  }
}

}  // namespace
}  // namespace vernier
