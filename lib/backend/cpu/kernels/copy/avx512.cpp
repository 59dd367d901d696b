#include <immintrin.h>

#include "backend/cpu/kernels/copy/copy_kernel.h"

namespace vernier {
namespace {

inline __attribute__((always_inline)) __mmask16 lanes(ptrdiff_t n) {
  return static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U);
}

// 16x16: pairs, then quads inside 128-bit lanes, then the lanes themselves.
inline __attribute__((always_inline)) void transpose16(__m512 r[16]) {
  __m512 t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xEE);
    r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xDD);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xDD);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xDD);
    r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xDD);
  }
}

void transpose_b32(const uint32_t* src, ptrdiff_t src_pitch, uint32_t* dst, ptrdiff_t dst_pitch,
                   ptrdiff_t rows, ptrdiff_t cols) {
  const float* s = reinterpret_cast<const float*>(src);
  float* d = reinterpret_cast<float*>(dst);
  for (ptrdiff_t i = 0; i < rows; i += 16) {
    const ptrdiff_t nr = rows - i < 16 ? rows - i : 16;
    for (ptrdiff_t j = 0; j < cols; j += 16) {
      const ptrdiff_t nc = cols - j < 16 ? cols - j : 16;
      __m512 r[16];
      if (nr == 16 && nc == 16) {
#pragma GCC unroll 16
        for (int c = 0; c < 16; ++c) r[c] = _mm512_loadu_ps(s + (j + c) * src_pitch + i);
        transpose16(r);
#pragma GCC unroll 16
        for (int k = 0; k < 16; ++k) _mm512_storeu_ps(d + (i + k) * dst_pitch + j, r[k]);
        continue;
      }
      const __mmask16 row_mask = lanes(nr);
      const __mmask16 col_mask = lanes(nc);
#pragma GCC unroll 16
      for (int c = 0; c < 16; ++c) {
        r[c] = c < nc ? _mm512_maskz_loadu_ps(row_mask, s + (j + c) * src_pitch + i)
                      : _mm512_setzero_ps();
      }
      transpose16(r);
#pragma GCC unroll 16
      for (int k = 0; k < 16; ++k) {
        if (k < nr) _mm512_mask_storeu_ps(d + (i + k) * dst_pitch + j, col_mask, r[k]);
      }
    }
  }
}

}  // namespace

const CopyKernel copy_b32_avx512_16x16 = {"copy_b32_avx512_16x16", transpose_b32};

}  // namespace vernier
