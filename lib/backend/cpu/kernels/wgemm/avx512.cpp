#include "backend/cpu/kernels/simd/vec_avx512.h"

namespace vernier {
namespace {

VERNIER_INLINE VecF32 load_s8(const unsigned char* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes))};
}

VERNIER_INLINE void load_nibbles(const unsigned char* p, VecF32 (&w)[8]) {
  // What the sixteen codes stand for; the permutation reads the low four bits of each lane.
  const __m512 meaning = _mm512_setr_ps(0.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F, -8.0F,
                                        -7.0F, -6.0F, -5.0F, -4.0F, -3.0F, -2.0F, -1.0F);
  const __m512i v = _mm512_loadu_si512(p);
#pragma GCC unroll 8
  for (unsigned j = 0; j < 8; ++j) {
    w[j].v = _mm512_permutexvar_ps(_mm512_srli_epi32(v, 4 * j), meaning);
  }
}

}  // namespace
}  // namespace vernier

// The decoders come first: the algorithm is written on them.
#include "backend/cpu/kernels/wgemm/generic.h"

namespace vernier {

const WeightKernel wgemm_avx512 = {"wgemm_avx512", VecF32::kLanes, weight_dot, weight_unpack};

}  // namespace vernier
