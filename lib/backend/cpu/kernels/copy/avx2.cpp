#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace vernier {
namespace {

alignas(32) constexpr int32_t kLaneMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                               0,  0,  0,  0,  0,  0,  0,  0};

inline __attribute__((always_inline)) __m256i lanes(ptrdiff_t n) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMask + 8 - n));
}
inline __attribute__((always_inline)) __m256 load_lanes(const float* p, __m256i mask) {
  return _mm256_maskload_ps(p, mask);
}
inline __attribute__((always_inline)) void store_lanes(float* p, __m256i mask, __m256 v) {
  _mm256_maskstore_ps(p, mask, v);
}

}  // namespace
}  // namespace vernier

// The mask primitives come first: the algorithm is written on them.
#include "backend/cpu/kernels/copy/transpose8.h"

namespace vernier {

const CopyKernel copy_b32_avx2_8x8 = {"copy_b32_avx2_8x8", transpose_b32};

}  // namespace vernier
