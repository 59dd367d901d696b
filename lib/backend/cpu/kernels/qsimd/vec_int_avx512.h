#pragma once
// VecI32 for AVX-512: 16 lanes. The interface is documented in vec_int_generic.h. dot() needs VNNI
// and exists in source files compiled for it.
//
// Depthwise Wide blocks (VERNIER_QSIMD_HAS_WIDE) are 4 * kLanes channels in four accumulators, in
// the order that interleaving bytes leaves: 128-bit part p of accumulator i holds channels
// 16 p + 4 i ... 16 p + 4 i + 3.
//   wide_load, wide_zero         WideBytes: one byte of each channel
//   wide_taps<flip>(t0 .. t3)    WideTaps: q[i] holds four u8 of each channel of accumulator i
//   wide_widen<signed>(p, out)   4 * kLanes bytes as int32 in that order
//   wide_store(p, c, t)          four vectors in that order to bytes, as pack4 does
// Half blocks (VERNIER_QSIMD_HAS_HALF) are 2 * kLanes channels in four accumulators of half the
// width, in the same order; n of them exist.
//   HalfI32, half_loadi, half_taps<flip>(p0 .. p3, n), HalfWeight, half_weight(p),
//   half_dot(acc, quad, weight)
//   half_join(acc, out)          the four accumulators in two VecI32
//   half_widen<signed>(p, n, out), half_store(p, c, t, n)   as above, of two vectors
#include "backend/cpu/kernels/simd/vec_avx512.h"

#define VERNIER_QSIMD_HAS_HALF 1
#define VERNIER_QSIMD_HAS_WIDE 1

namespace vernier {
namespace {

struct VecI32 {
  __m512i v;
};

VERNIER_INLINE VecI32 addi(VecI32 a, VecI32 b) { return {_mm512_add_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 subi(VecI32 a, VecI32 b) { return {_mm512_sub_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 muli(VecI32 a, VecI32 b) { return {_mm512_mullo_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 maxi(VecI32 a, VecI32 b) { return {_mm512_max_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 mini(VecI32 a, VecI32 b) { return {_mm512_min_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 seti(int32_t x) { return {_mm512_set1_epi32(x)}; }
VERNIER_INLINE VecI32 loadi(const int32_t* p) { return {_mm512_loadu_si512(p)}; }
VERNIER_INLINE VecI32 loadi_partial(const int32_t* p, ptrdiff_t n) {
  return {_mm512_maskz_loadu_epi32(lane_mask(n), p)};
}
VERNIER_INLINE void storei(int32_t* p, VecI32 a) { _mm512_storeu_si512(p, a.v); }
VERNIER_INLINE void storei_partial(int32_t* p, VecI32 a, ptrdiff_t n) {
  _mm512_mask_storeu_epi32(p, lane_mask(n), a.v);
}
VERNIER_INLINE VecF32 to_float(VecI32 a) { return {_mm512_cvtepi32_ps(a.v)}; }
VERNIER_INLINE VecI32 truncate_to_int(VecF32 a) { return {_mm512_cvttps_epi32(a.v)}; }
VERNIER_INLINE VecI32 round_to_int(VecF32 a) { return {_mm512_cvtps_epi32(a.v)}; }
VERNIER_INLINE VecF32 fused(VecF32 a, VecF32 b, VecF32 c) { return fmadd(a, b, c); }

template <bool kSigned>
VERNIER_INLINE VecI32 widen_bytes(__m128i x) {
  return {kSigned ? _mm512_cvtepi8_epi32(x) : _mm512_cvtepu8_epi32(x)};
}
template <bool kSigned>
VERNIER_INLINE VecI32 load_bytes(const uint8_t* p) {
  return widen_bytes<kSigned>(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
template <bool kSigned>
VERNIER_INLINE VecI32 load_bytes_partial(const uint8_t* p, ptrdiff_t n) {
  return widen_bytes<kSigned>(_mm_maskz_loadu_epi8(lane_mask(n), p));
}
VERNIER_INLINE void store_bytes(uint8_t* p, VecI32 a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(a.v));
}
VERNIER_INLINE void store_bytes_partial(uint8_t* p, VecI32 a, ptrdiff_t n) {
  _mm_mask_storeu_epi8(p, lane_mask(n), _mm512_cvtepi32_epi8(a.v));
}

struct VecU8 {
  static constexpr int kBytes = 64;
  __m512i v;
};
VERNIER_INLINE VecU8 load_u8(const uint8_t* p) { return {_mm512_loadu_si512(p)}; }
VERNIER_INLINE void store_u8(uint8_t* p, VecU8 a) { _mm512_storeu_si512(p, a.v); }
VERNIER_INLINE VecU8 max_u8(VecU8 a, VecU8 b) { return {_mm512_max_epu8(a.v, b.v)}; }
VERNIER_INLINE VecU8 max_s8(VecU8 a, VecU8 b) { return {_mm512_max_epi8(a.v, b.v)}; }

struct PackConstants {
  __m512 hi;
  __m512i zero, lo;  // int16, bytes
  bool is_signed;
};
VERNIER_INLINE PackConstants pack_constants(float hi, int32_t zero_point, int32_t lo,
                                            bool is_signed) {
  return {_mm512_set1_ps(hi), _mm512_set1_epi16(static_cast<int16_t>(zero_point)),
          _mm512_set1_epi8(static_cast<char>(lo)), is_signed};
}
// In the order of interleaved blocks: 128-bit part p holds four bytes of each vector's part p.
VERNIER_INLINE __m512i pack4_parts(const PackConstants& c, const VecF32* t) {
  const auto whole = [&](VecF32 x) { return _mm512_cvtps_epi32(_mm512_min_ps(c.hi, x.v)); };
  const __m512i a = _mm512_adds_epi16(_mm512_packs_epi32(whole(t[0]), whole(t[1])), c.zero);
  const __m512i b = _mm512_adds_epi16(_mm512_packs_epi32(whole(t[2]), whole(t[3])), c.zero);
  if (c.is_signed) return _mm512_max_epi8(c.lo, _mm512_packs_epi16(a, b));
  return _mm512_max_epu8(c.lo, _mm512_packus_epi16(a, b));
}
VERNIER_INLINE VecU8 pack4(const PackConstants& c, const VecF32* t) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return {_mm512_permutexvar_epi32(order, pack4_parts(c, t))};
}
VERNIER_INLINE __mmask64 byte_mask(ptrdiff_t n) {
  return n >= 64 ? ~0ULL : (1ULL << static_cast<unsigned>(n)) - 1U;
}
template <int kVectors>
VERNIER_INLINE void store_packed(VecU8 v, uint8_t* dst, ptrdiff_t pitch, int rows,
                                 ptrdiff_t columns) {
  const bool full = columns == kVectors * VecF32::kLanes;
  const __mmask64 m = byte_mask(columns);
  if constexpr (kVectors == 4) {
    if (full) {
      _mm512_storeu_si512(dst, v.v);
    } else {
      _mm512_mask_storeu_epi8(dst, m, v.v);
    }
  } else if constexpr (kVectors == 3) {
    if (full) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(dst), _mm512_castsi512_si256(v.v));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + 32), _mm512_extracti32x4_epi32(v.v, 2));
    } else {
      _mm512_mask_storeu_epi8(dst, m, v.v);
    }
  } else if constexpr (kVectors == 2) {
    const auto row = [&](int r, __m256i x) {
      if (r >= rows) return;
      if (full) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(dst + r * pitch), x);
      } else {
        _mm256_mask_storeu_epi8(dst + r * pitch, static_cast<__mmask32>(m), x);
      }
    };
    row(0, _mm512_castsi512_si256(v.v));
    row(1, _mm512_extracti64x4_epi64(v.v, 1));
  } else {
    const auto row = [&](int r, __m128i x) {
      if (r >= rows) return;
      if (full) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + r * pitch), x);
      } else {
        _mm_mask_storeu_epi8(dst + r * pitch, static_cast<__mmask16>(m), x);
      }
    };
    row(0, _mm512_castsi512_si128(v.v));
    row(1, _mm512_extracti32x4_epi32(v.v, 1));
    row(2, _mm512_extracti32x4_epi32(v.v, 2));
    row(3, _mm512_extracti32x4_epi32(v.v, 3));
  }
}

struct WideBytes {
  __m512i v;
};
VERNIER_INLINE WideBytes wide_load(const uint8_t* p) { return {_mm512_loadu_si512(p)}; }
VERNIER_INLINE WideBytes wide_zero() { return {_mm512_setzero_si512()}; }
template <bool kSigned>
VERNIER_INLINE void wide_widen(const uint8_t* p, VecI32* out) {
  const __m512i x = wide_load(p).v;
  const __m512i none = _mm512_setzero_si512();
  const __m512i sign = kSigned ? _mm512_movm_epi8(_mm512_movepi8_mask(x)) : none;
  const __m512i lo = _mm512_unpacklo_epi8(x, sign);
  const __m512i hi = _mm512_unpackhi_epi8(x, sign);
  const __m512i slo = kSigned ? _mm512_srai_epi16(lo, 15) : none;
  const __m512i shi = kSigned ? _mm512_srai_epi16(hi, 15) : none;
  out[0] = {_mm512_unpacklo_epi16(lo, slo)};
  out[1] = {_mm512_unpackhi_epi16(lo, slo)};
  out[2] = {_mm512_unpacklo_epi16(hi, shi)};
  out[3] = {_mm512_unpackhi_epi16(hi, shi)};
}
VERNIER_INLINE void wide_store(uint8_t* p, const PackConstants& c, const VecF32* t) {
  store_u8(p, {pack4_parts(c, t)});
}

#ifdef __AVX512VNNI__
struct ActQuad {
  __m512i v;
};
struct WeightQuad {
  __m512i v;
};

template <bool kFlip>
VERNIER_INLINE __m512i flip(__m512i x) {
  return kFlip ? _mm512_xor_si512(x, _mm512_set1_epi8(-128)) : x;
}
template <bool kFlip>
VERNIER_INLINE ActQuad act_quad(const uint8_t* p) {
  int32_t x;
  __builtin_memcpy(&x, p, 4);
  return {flip<kFlip>(_mm512_set1_epi32(x))};
}
template <bool kFlip>
VERNIER_INLINE ActQuad act_quad_tail(const uint8_t* p, ptrdiff_t n) {
  uint32_t x = p[0];
  if (n > 1) x |= static_cast<uint32_t>(p[1]) << 8U;
  if (n > 2) x |= static_cast<uint32_t>(p[2]) << 16U;
  return {flip<kFlip>(_mm512_set1_epi32(static_cast<int32_t>(x)))};
}
VERNIER_INLINE WeightQuad weight_quad(const int8_t* p) { return {_mm512_loadu_si512(p)}; }
VERNIER_INLINE VecI32 dot(VecI32 acc, ActQuad a, WeightQuad w) {
  return {_mm512_dpbusd_epi32(acc.v, a.v, w.v)};
}

using TapQuads = ActQuad;
template <bool kFlip>
VERNIER_INLINE TapQuads tap_quads(const uint8_t* p0, const uint8_t* p1, const uint8_t* p2,
                                  const uint8_t* p3, ptrdiff_t n) {
  const __mmask16 m = lane_mask(n);
  __m512i x = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(m, p0));
  x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(m, p1), 1);
  x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(m, p2), 2);
  x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(m, p3), 3);
  // Transposes the 4 x 4 dwords, then the 4 x 4 bytes of each 128-bit part.
  const __m512i dwords = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i bytes =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  return {flip<kFlip>(_mm512_shuffle_epi8(_mm512_permutexvar_epi32(dwords, x), bytes))};
}

struct WideTaps {
  ActQuad q[4];
};
template <bool kFlip>
VERNIER_INLINE WideTaps wide_taps(WideBytes t0, WideBytes t1, WideBytes t2, WideBytes t3) {
  const __m512i lo01 = _mm512_unpacklo_epi8(t0.v, t1.v);
  const __m512i hi01 = _mm512_unpackhi_epi8(t0.v, t1.v);
  const __m512i lo23 = _mm512_unpacklo_epi8(t2.v, t3.v);
  const __m512i hi23 = _mm512_unpackhi_epi8(t2.v, t3.v);
  return {{{flip<kFlip>(_mm512_unpacklo_epi16(lo01, lo23))},
           {flip<kFlip>(_mm512_unpackhi_epi16(lo01, lo23))},
           {flip<kFlip>(_mm512_unpacklo_epi16(hi01, hi23))},
           {flip<kFlip>(_mm512_unpackhi_epi16(hi01, hi23))}}};
}

struct HalfI32 {
  __m256i v;
};
struct HalfTaps {
  __m256i q[4];
};
VERNIER_INLINE HalfI32 half_loadi(const int32_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
template <bool kFlip>
VERNIER_INLINE HalfTaps half_taps(const uint8_t* p0, const uint8_t* p1, const uint8_t* p2,
                                  const uint8_t* p3, ptrdiff_t n) {
  const auto m = static_cast<__mmask32>(byte_mask(n));
  const auto tap = [m](const uint8_t* p) {
    const __m256i x = _mm256_maskz_loadu_epi8(m, p);
    return kFlip ? _mm256_xor_si256(x, _mm256_set1_epi8(-128)) : x;
  };
  const __m256i t0 = tap(p0);
  const __m256i t1 = tap(p1);
  const __m256i t2 = tap(p2);
  const __m256i t3 = tap(p3);
  const __m256i lo01 = _mm256_unpacklo_epi8(t0, t1);
  const __m256i hi01 = _mm256_unpackhi_epi8(t0, t1);
  const __m256i lo23 = _mm256_unpacklo_epi8(t2, t3);
  const __m256i hi23 = _mm256_unpackhi_epi8(t2, t3);
  return {{_mm256_unpacklo_epi16(lo01, lo23), _mm256_unpackhi_epi16(lo01, lo23),
           _mm256_unpacklo_epi16(hi01, hi23), _mm256_unpackhi_epi16(hi01, hi23)}};
}
struct HalfWeight {
  __m256i v;
};
VERNIER_INLINE HalfWeight half_weight(const int8_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
VERNIER_INLINE HalfI32 half_dot(HalfI32 acc, __m256i a, HalfWeight w) {
  return {_mm256_dpbusd_epi32(acc.v, a, w.v)};
}
VERNIER_INLINE void half_join(const HalfI32* acc, VecI32* out) {
  out[0] = {_mm512_inserti64x4(_mm512_castsi256_si512(acc[0].v), acc[1].v, 1)};
  out[1] = {_mm512_inserti64x4(_mm512_castsi256_si512(acc[2].v), acc[3].v, 1)};
}
template <bool kSigned>
VERNIER_INLINE void half_widen(const uint8_t* p, ptrdiff_t n, VecI32* out) {
  const __m256i x = _mm256_maskz_loadu_epi8(static_cast<__mmask32>(byte_mask(n)), p);
  const __m512i first = widen_bytes<kSigned>(_mm256_castsi256_si128(x)).v;
  const __m512i second = widen_bytes<kSigned>(_mm256_extracti128_si256(x, 1)).v;
  const __m512i low = _mm512_shuffle_i32x4(first, second, 0x44);
  const __m512i high = _mm512_shuffle_i32x4(first, second, 0xEE);
  out[0] = {_mm512_shuffle_i32x4(low, low, 0xD8)};
  out[1] = {_mm512_shuffle_i32x4(high, high, 0xD8)};
}
VERNIER_INLINE void half_store(uint8_t* p, const PackConstants& c, const VecF32* t, ptrdiff_t n) {
  const __m512i a = _mm512_cvtps_epi32(_mm512_min_ps(c.hi, t[0].v));
  const __m512i b = _mm512_cvtps_epi32(_mm512_min_ps(c.hi, t[1].v));
  const __m512i words = _mm512_adds_epi16(_mm512_packs_epi32(a, b), c.zero);
  const __m256i low = _mm512_castsi512_si256(words);
  const __m256i high = _mm512_extracti64x4_epi64(words, 1);
  const __m256i lowest = _mm512_castsi512_si256(c.lo);
  const __m256i bytes = c.is_signed ? _mm256_max_epi8(lowest, _mm256_packs_epi16(low, high))
                                    : _mm256_max_epu8(lowest, _mm256_packus_epi16(low, high));
  const __m256i ordered = _mm256_shuffle_epi32(bytes, 0xD8);
  if (n >= 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), ordered);
  } else {
    _mm256_mask_storeu_epi8(p, static_cast<__mmask32>(byte_mask(n)), ordered);
  }
}
#endif

}  // namespace
}  // namespace vernier
