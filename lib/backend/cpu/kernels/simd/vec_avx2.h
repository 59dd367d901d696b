#pragma once
// VecF32 for AVX2 + FMA: 8 lanes. The interface is documented in vec_generic.h. Include exactly one
// vec_*.h per translation unit, and only from a source file compiled with this ISA's flags.
#ifdef VERNIER_SIMD_ISA
#error "exactly one vec_*.h may be included per translation unit"
#endif
#define VERNIER_SIMD_ISA avx2
#define VERNIER_SIMD_HAS_HALF 0
#define VERNIER_SIMD_HAS_FMA 1

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#ifndef VERNIER_INLINE
#define VERNIER_INLINE inline __attribute__((always_inline))
#endif

namespace vernier {
namespace {

struct VecF32 {
  static constexpr int kLanes = 8;
  __m256 v;
};

struct Mask {
  __m256 m;
};

alignas(32) constexpr int32_t kLaneMaskTable[16] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                    0,  0,  0,  0,  0,  0,  0,  0};

VERNIER_INLINE __m256i lane_mask(ptrdiff_t n) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMaskTable + 8 - n));
}

VERNIER_INLINE VecF32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
VERNIER_INLINE VecF32 load_partial(const float* p, ptrdiff_t n) {
  return {_mm256_maskload_ps(p, lane_mask(n))};
}
VERNIER_INLINE void store(float* p, VecF32 a) { _mm256_storeu_ps(p, a.v); }
VERNIER_INLINE void store_partial(float* p, VecF32 a, ptrdiff_t n) {
  _mm256_maskstore_ps(p, lane_mask(n), a.v);
}
VERNIER_INLINE VecF32 broadcast(float x) { return {_mm256_set1_ps(x)}; }
VERNIER_INLINE VecF32 zero() { return {_mm256_setzero_ps()}; }
VERNIER_INLINE VecF32 add(VecF32 a, VecF32 b) { return {_mm256_add_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 sub(VecF32 a, VecF32 b) { return {_mm256_sub_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 mul(VecF32 a, VecF32 b) { return {_mm256_mul_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 div(VecF32 a, VecF32 b) { return {_mm256_div_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 fmadd(VecF32 a, VecF32 b, VecF32 c) {
  return {_mm256_fmadd_ps(a.v, b.v, c.v)};
}
VERNIER_INLINE VecF32 fnmadd(VecF32 a, VecF32 b, VecF32 c) {
  return {_mm256_fnmadd_ps(a.v, b.v, c.v)};
}
VERNIER_INLINE VecF32 max(VecF32 a, VecF32 b) { return {_mm256_max_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 min(VecF32 a, VecF32 b) { return {_mm256_min_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 sqrt(VecF32 a) { return {_mm256_sqrt_ps(a.v)}; }
VERNIER_INLINE VecF32 round_even(VecF32 a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
VERNIER_INLINE VecF32 floor(VecF32 a) { return {_mm256_floor_ps(a.v)}; }
VERNIER_INLINE VecF32 ceil(VecF32 a) { return {_mm256_ceil_ps(a.v)}; }
VERNIER_INLINE VecF32 abs(VecF32 a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0F), a.v)}; }
VERNIER_INLINE VecF32 neg(VecF32 a) { return {_mm256_xor_ps(_mm256_set1_ps(-0.0F), a.v)}; }
VERNIER_INLINE VecF32 copysign(VecF32 magnitude, VecF32 sign) {
  const __m256 s = _mm256_set1_ps(-0.0F);
  return {_mm256_or_ps(_mm256_andnot_ps(s, magnitude.v), _mm256_and_ps(s, sign.v))};
}

VERNIER_INLINE Mask lt(VecF32 a, VecF32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
VERNIER_INLINE Mask le(VecF32 a, VecF32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
VERNIER_INLINE Mask gt(VecF32 a, VecF32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)}; }
VERNIER_INLINE Mask ge(VecF32 a, VecF32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)}; }
VERNIER_INLINE Mask eq(VecF32 a, VecF32 b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
VERNIER_INLINE Mask is_nan(VecF32 a) { return {_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q)}; }
VERNIER_INLINE Mask mask_and(Mask a, Mask b) { return {_mm256_and_ps(a.m, b.m)}; }
VERNIER_INLINE Mask mask_or(Mask a, Mask b) { return {_mm256_or_ps(a.m, b.m)}; }
VERNIER_INLINE bool mask_any(Mask a) { return _mm256_movemask_ps(a.m) != 0; }
VERNIER_INLINE VecF32 select(Mask m, VecF32 a, VecF32 b) {
  return {_mm256_blendv_ps(b.v, a.v, m.m)};
}

// Two exact power-of-two factors, so that a subnormal result is rounded once.
VERNIER_INLINE VecF32 scale_pow2(VecF32 a, VecF32 n) {
  const __m256i bias = _mm256_set1_epi32(127);
  const __m256i i = _mm256_cvtps_epi32(n.v);
  const __m256i i0 = _mm256_srai_epi32(i, 1);
  const __m256i i1 = _mm256_sub_epi32(i, i0);
  const __m256 f0 = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(i0, bias), 23));
  const __m256 f1 = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(i1, bias), 23));
  return {_mm256_mul_ps(_mm256_mul_ps(a.v, f0), f1)};
}
VERNIER_INLINE VecF32 split_pow2(VecF32 a, VecF32* frac) {
  // A subnormal is scaled up first; its exponent is corrected at the end.
  const __m256 subnormal = _mm256_cmp_ps(a.v, _mm256_set1_ps(1.17549435e-38F), _CMP_LT_OQ);
  const __m256 up = _mm256_mul_ps(a.v, _mm256_set1_ps(8388608.0F));
  const __m256i bits = _mm256_castps_si256(_mm256_blendv_ps(a.v, up, subnormal));
  // Subtracting the bits of sqrt(0.5) leaves the exponent of the range [sqrt 0.5, sqrt 2).
  const __m256i shifted = _mm256_sub_epi32(bits, _mm256_set1_epi32(0x3f3504f3));
  const __m256i e = _mm256_srai_epi32(shifted, 23);
  frac->v = _mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(e, 23)));
  const __m256 fe = _mm256_cvtepi32_ps(e);
  return {_mm256_sub_ps(fe, _mm256_and_ps(subnormal, _mm256_set1_ps(23.0F)))};
}

VERNIER_INLINE float reduce_add(VecF32 a) {
  const __m128 s4 = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_add_ss(s2, _mm_movehdup_ps(s2)));
}
VERNIER_INLINE float reduce_max(VecF32 a) {
  const __m128 s4 = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 s2 = _mm_max_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_max_ss(s2, _mm_movehdup_ps(s2)));
}
VERNIER_INLINE float reduce_min(VecF32 a) {
  const __m128 s4 = _mm_min_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 s2 = _mm_min_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_min_ss(s2, _mm_movehdup_ps(s2)));
}

}  // namespace
}  // namespace vernier

#include "backend/cpu/kernels/simd/vec_math.h"
