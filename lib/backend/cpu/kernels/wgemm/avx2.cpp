#include "backend/cpu/kernels/simd/vec_avx2.h"

namespace vernier {
namespace {

VERNIER_INLINE VecF32 load_s8(const unsigned char* p) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))};
}

VERNIER_INLINE void load_nibbles(const unsigned char* p, VecF32 (&w)[8]) {
  const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) {
    w[j].v = _mm256_cvtepi32_ps(_mm256_srai_epi32(_mm256_slli_epi32(v, 28 - 4 * j), 28));
  }
}

}  // namespace
}  // namespace vernier

// The decoders come first: the algorithm is written on them.
#include "backend/cpu/kernels/wgemm/generic.h"

namespace vernier {

const WeightKernel wgemm_avx2 = {"wgemm_avx2", VecF32::kLanes, weight_dot, weight_unpack};

}  // namespace vernier
