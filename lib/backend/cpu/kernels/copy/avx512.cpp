#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace vernier {
namespace {

// 256-bit tiles: 16x16 ones measured slower, only the masks of AVX-512 help.
inline __attribute__((always_inline)) __mmask8 lanes(ptrdiff_t n) {
  return static_cast<__mmask8>((1U << static_cast<unsigned>(n)) - 1U);
}
inline __attribute__((always_inline)) __m256 load_lanes(const float* p, __mmask8 mask) {
  return _mm256_maskz_loadu_ps(mask, p);
}
inline __attribute__((always_inline)) void store_lanes(float* p, __mmask8 mask, __m256 v) {
  _mm256_mask_storeu_ps(p, mask, v);
}

}  // namespace
}  // namespace vernier

// The mask primitives come first: the algorithm is written on them.
#include "backend/cpu/kernels/copy/transpose8.h"

namespace vernier {

const CopyKernel copy_b32_avx512_8x8 = {"copy_b32_avx512_8x8", transpose_b32};

}  // namespace vernier
