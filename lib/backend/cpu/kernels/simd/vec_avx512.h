#pragma once
// VecF32 for AVX-512 (F, BW, VL, DQ): 16 lanes, plus an 8-lane VecF32Half for narrow output panels.
// The interface is documented in vec_generic.h. Include exactly one vec_*.h per translation unit,
// and only from a source file compiled with this ISA's flags.
#ifdef VERNIER_SIMD_ISA
#error "exactly one vec_*.h may be included per translation unit"
#endif
#define VERNIER_SIMD_ISA avx512
#define VERNIER_SIMD_HAS_HALF 1
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
  static constexpr int kLanes = 16;
  __m512 v;
};

struct Mask {
  __mmask16 m;
};

VERNIER_INLINE __mmask16 lane_mask(ptrdiff_t n) {
  return static_cast<__mmask16>((1U << static_cast<unsigned>(n)) - 1U);
}

VERNIER_INLINE VecF32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
VERNIER_INLINE VecF32 load_partial(const float* p, ptrdiff_t n) {
  return {_mm512_maskz_loadu_ps(lane_mask(n), p)};
}
VERNIER_INLINE void store(float* p, VecF32 a) { _mm512_storeu_ps(p, a.v); }
VERNIER_INLINE void store_partial(float* p, VecF32 a, ptrdiff_t n) {
  _mm512_mask_storeu_ps(p, lane_mask(n), a.v);
}
VERNIER_INLINE VecF32 broadcast(float x) { return {_mm512_set1_ps(x)}; }
VERNIER_INLINE VecF32 zero() { return {_mm512_setzero_ps()}; }
VERNIER_INLINE VecF32 add(VecF32 a, VecF32 b) { return {_mm512_add_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 sub(VecF32 a, VecF32 b) { return {_mm512_sub_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 mul(VecF32 a, VecF32 b) { return {_mm512_mul_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 div(VecF32 a, VecF32 b) { return {_mm512_div_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 fmadd(VecF32 a, VecF32 b, VecF32 c) {
  return {_mm512_fmadd_ps(a.v, b.v, c.v)};
}
VERNIER_INLINE VecF32 fnmadd(VecF32 a, VecF32 b, VecF32 c) {
  return {_mm512_fnmadd_ps(a.v, b.v, c.v)};
}
VERNIER_INLINE VecF32 max(VecF32 a, VecF32 b) { return {_mm512_max_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 min(VecF32 a, VecF32 b) { return {_mm512_min_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32 sqrt(VecF32 a) { return {_mm512_sqrt_ps(a.v)}; }
VERNIER_INLINE VecF32 round_even(VecF32 a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
VERNIER_INLINE VecF32 floor(VecF32 a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)};
}
VERNIER_INLINE VecF32 ceil(VecF32 a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC)};
}
VERNIER_INLINE VecF32 abs(VecF32 a) { return {_mm512_andnot_ps(_mm512_set1_ps(-0.0F), a.v)}; }
VERNIER_INLINE VecF32 neg(VecF32 a) { return {_mm512_xor_ps(_mm512_set1_ps(-0.0F), a.v)}; }
VERNIER_INLINE VecF32 copysign(VecF32 magnitude, VecF32 sign) {
  const __m512 s = _mm512_set1_ps(-0.0F);
  return {_mm512_or_ps(_mm512_andnot_ps(s, magnitude.v), _mm512_and_ps(s, sign.v))};
}

VERNIER_INLINE Mask lt(VecF32 a, VecF32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
VERNIER_INLINE Mask le(VecF32 a, VecF32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
VERNIER_INLINE Mask gt(VecF32 a, VecF32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ)}; }
VERNIER_INLINE Mask ge(VecF32 a, VecF32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ)}; }
VERNIER_INLINE Mask eq(VecF32 a, VecF32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
VERNIER_INLINE Mask is_nan(VecF32 a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
VERNIER_INLINE Mask mask_and(Mask a, Mask b) { return {static_cast<__mmask16>(a.m & b.m)}; }
VERNIER_INLINE Mask mask_or(Mask a, Mask b) { return {static_cast<__mmask16>(a.m | b.m)}; }
VERNIER_INLINE bool mask_any(Mask a) { return a.m != 0; }
VERNIER_INLINE VecF32 select(Mask m, VecF32 a, VecF32 b) {
  return {_mm512_mask_blend_ps(m.m, b.v, a.v)};
}

VERNIER_INLINE VecF32 scale_pow2(VecF32 a, VecF32 n) { return {_mm512_scalef_ps(a.v, n.v)}; }
VERNIER_INLINE VecF32 split_pow2(VecF32 a, VecF32* frac) {
  const __m512 m = _mm512_getmant_ps(a.v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
  const __m512 e = _mm512_getexp_ps(a.v);
  const __mmask16 high = _mm512_cmp_ps_mask(m, _mm512_set1_ps(1.41421354F), _CMP_GT_OQ);
  frac->v = _mm512_mask_mul_ps(m, high, m, _mm512_set1_ps(0.5F));
  return {_mm512_mask_add_ps(e, high, e, _mm512_set1_ps(1.0F))};
}

VERNIER_INLINE float reduce_add(VecF32 a) {
  const __m256 s8 = _mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  const __m128 s4 = _mm_add_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
  const __m128 s2 = _mm_add_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_add_ss(s2, _mm_movehdup_ps(s2)));
}
VERNIER_INLINE float reduce_max(VecF32 a) {
  const __m256 s8 = _mm256_max_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  const __m128 s4 = _mm_max_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
  const __m128 s2 = _mm_max_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_max_ss(s2, _mm_movehdup_ps(s2)));
}
VERNIER_INLINE float reduce_min(VecF32 a) {
  const __m256 s8 = _mm256_min_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
  const __m128 s4 = _mm_min_ps(_mm256_castps256_ps128(s8), _mm256_extractf128_ps(s8, 1));
  const __m128 s2 = _mm_min_ps(s4, _mm_movehl_ps(s4, s4));
  return _mm_cvtss_f32(_mm_min_ss(s2, _mm_movehdup_ps(s2)));
}

// Eight lanes: a narrow output panel costs half a vector where 512-bit operations run as two
// 256-bit ones.
struct VecF32Half {
  static constexpr int kLanes = 8;
  __m256 v;
};
VERNIER_INLINE VecF32Half load_half(const float* p) { return {_mm256_loadu_ps(p)}; }
VERNIER_INLINE void store_half(float* p, VecF32Half a) { _mm256_storeu_ps(p, a.v); }
VERNIER_INLINE VecF32Half broadcast_half(float x) { return {_mm256_set1_ps(x)}; }
VERNIER_INLINE VecF32Half low_half(VecF32 a) { return {_mm512_castps512_ps256(a.v)}; }
VERNIER_INLINE VecF32Half add(VecF32Half a, VecF32Half b) { return {_mm256_add_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32Half max(VecF32Half a, VecF32Half b) { return {_mm256_max_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32Half min(VecF32Half a, VecF32Half b) { return {_mm256_min_ps(a.v, b.v)}; }
VERNIER_INLINE VecF32Half fmadd(VecF32Half a, VecF32Half b, VecF32Half c) {
  return {_mm256_fmadd_ps(a.v, b.v, c.v)};
}

}  // namespace
}  // namespace vernier

#include "backend/cpu/kernels/simd/vec_math.h"
