#pragma once
// VecI32 for AVX2: 8 lanes. The interface is documented in vec_int_generic.h; Wide blocks in
// vec_int_avx512.h. Without AVX-VNNI, products of u8 and s8 are widened to 16 bits and summed by
// vpmaddwd, which cannot saturate here.
#include "backend/cpu/kernels/simd/vec_avx2.h"

#define VERNIER_QSIMD_HAS_HALF 0
#define VERNIER_QSIMD_HAS_WIDE 1

namespace vernier {
namespace {

struct VecI32 {
  __m256i v;
};

VERNIER_INLINE VecI32 addi(VecI32 a, VecI32 b) { return {_mm256_add_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 subi(VecI32 a, VecI32 b) { return {_mm256_sub_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 muli(VecI32 a, VecI32 b) { return {_mm256_mullo_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 maxi(VecI32 a, VecI32 b) { return {_mm256_max_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 mini(VecI32 a, VecI32 b) { return {_mm256_min_epi32(a.v, b.v)}; }
VERNIER_INLINE VecI32 seti(int32_t x) { return {_mm256_set1_epi32(x)}; }
VERNIER_INLINE VecI32 loadi(const int32_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
VERNIER_INLINE VecI32 loadi_partial(const int32_t* p, ptrdiff_t n) {
  return {_mm256_maskload_epi32(p, lane_mask(n))};
}
VERNIER_INLINE void storei(int32_t* p, VecI32 a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v);
}
VERNIER_INLINE void storei_partial(int32_t* p, VecI32 a, ptrdiff_t n) {
  _mm256_maskstore_epi32(p, lane_mask(n), a.v);
}
VERNIER_INLINE VecF32 to_float(VecI32 a) { return {_mm256_cvtepi32_ps(a.v)}; }
VERNIER_INLINE VecI32 truncate_to_int(VecF32 a) { return {_mm256_cvttps_epi32(a.v)}; }
VERNIER_INLINE VecI32 round_to_int(VecF32 a) { return {_mm256_cvtps_epi32(a.v)}; }
VERNIER_INLINE VecF32 fused(VecF32 a, VecF32 b, VecF32 c) { return fmadd(a, b, c); }

// The first n <= 8 bytes, others 0; no others are read.
VERNIER_INLINE __m128i load_up_to_8(const uint8_t* p, ptrdiff_t n) {
  uint64_t x = 0;
  if (n >= 8) {
    __builtin_memcpy(&x, p, 8);
  } else {
    uint32_t low = 0;
    ptrdiff_t at = 0;
    if ((n & 4) != 0) {
      __builtin_memcpy(&low, p, 4);
      x = low;
      at = 4;
    }
    for (; at < n; ++at) x |= static_cast<uint64_t>(p[at]) << (8 * at);
  }
  return _mm_cvtsi64_si128(static_cast<long long>(x));
}
template <bool kSigned>
VERNIER_INLINE VecI32 widen_bytes(__m128i x) {
  return {kSigned ? _mm256_cvtepi8_epi32(x) : _mm256_cvtepu8_epi32(x)};
}
template <bool kSigned>
VERNIER_INLINE VecI32 load_bytes(const uint8_t* p) {
  return widen_bytes<kSigned>(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
}
template <bool kSigned>
VERNIER_INLINE VecI32 load_bytes_partial(const uint8_t* p, ptrdiff_t n) {
  return widen_bytes<kSigned>(load_up_to_8(p, n));
}
VERNIER_INLINE __m128i low_bytes(VecI32 a) {
  const __m256i pick =
      _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1,
                       -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i b = _mm256_shuffle_epi8(a.v, pick);
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
}
VERNIER_INLINE void store_bytes(uint8_t* p, VecI32 a) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), low_bytes(a));
}
VERNIER_INLINE void store_bytes_partial(uint8_t* p, VecI32 a, ptrdiff_t n) {
  uint64_t x = static_cast<uint64_t>(_mm_cvtsi128_si64(low_bytes(a)));
  for (ptrdiff_t i = 0; i < n; ++i, x >>= 8U) p[i] = static_cast<uint8_t>(x);
}

struct VecU8 {
  static constexpr int kBytes = 32;
  __m256i v;
};
VERNIER_INLINE VecU8 load_u8(const uint8_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
VERNIER_INLINE void store_u8(uint8_t* p, VecU8 a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v);
}
VERNIER_INLINE VecU8 max_u8(VecU8 a, VecU8 b) { return {_mm256_max_epu8(a.v, b.v)}; }
VERNIER_INLINE VecU8 max_s8(VecU8 a, VecU8 b) { return {_mm256_max_epi8(a.v, b.v)}; }

struct PackConstants {
  __m256 hi;
  __m256i zero, lo;  // int16, bytes
  bool is_signed;
};
VERNIER_INLINE PackConstants pack_constants(float hi, int32_t zero_point, int32_t lo,
                                            bool is_signed) {
  return {_mm256_set1_ps(hi), _mm256_set1_epi16(static_cast<int16_t>(zero_point)),
          _mm256_set1_epi8(static_cast<char>(lo)), is_signed};
}
// In the order of interleaved blocks: 128-bit part p holds four bytes of each vector's part p.
VERNIER_INLINE __m256i pack4_parts(const PackConstants& c, const VecF32* t) {
  const auto whole = [&](VecF32 x) { return _mm256_cvtps_epi32(_mm256_min_ps(c.hi, x.v)); };
  const __m256i a = _mm256_adds_epi16(_mm256_packs_epi32(whole(t[0]), whole(t[1])), c.zero);
  const __m256i b = _mm256_adds_epi16(_mm256_packs_epi32(whole(t[2]), whole(t[3])), c.zero);
  if (c.is_signed) return _mm256_max_epi8(c.lo, _mm256_packs_epi16(a, b));
  return _mm256_max_epu8(c.lo, _mm256_packus_epi16(a, b));
}
VERNIER_INLINE VecU8 pack4(const PackConstants& c, const VecF32* t) {
  return {
      _mm256_permutevar8x32_epi32(pack4_parts(c, t), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))};
}
template <int kVectors>
VERNIER_INLINE void store_packed(VecU8 v, uint8_t* dst, ptrdiff_t pitch, int rows,
                                 ptrdiff_t columns) {
  if (columns == kVectors * VecF32::kLanes) {
    const __m128i high = _mm256_extracti128_si256(v.v, 1);
    const __m128i low = _mm256_castsi256_si128(v.v);
    if constexpr (kVectors == 2) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dst), low);
      if (rows > 1) _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + pitch), high);
    } else {
      _mm_storel_epi64(reinterpret_cast<__m128i*>(dst), low);
      const auto store_high = [&](int row, __m128i x) {
        if (rows > row) {
          _mm_storeh_pd(reinterpret_cast<double*>(dst + row * pitch), _mm_castsi128_pd(x));
        }
      };
      store_high(1, low);
      if (rows > 2) _mm_storel_epi64(reinterpret_cast<__m128i*>(dst + 2 * pitch), high);
      store_high(3, high);
    }
    return;
  }
  alignas(32) uint8_t bytes[VecU8::kBytes];
  _mm256_store_si256(reinterpret_cast<__m256i*>(bytes), v.v);
  for (int r = 0; r < rows; ++r) {
    for (ptrdiff_t i = 0; i < columns; ++i) {
      dst[r * pitch + i] = bytes[r * kVectors * VecF32::kLanes + i];
    }
  }
}

#ifdef __AVXVNNI__
struct ActQuad {
  __m256i v;
};
using WeightQuad = ActQuad;

template <bool kFlip>
VERNIER_INLINE ActQuad make_act(__m256i x) {
  return {kFlip ? _mm256_xor_si256(x, _mm256_set1_epi8(-128)) : x};
}
VERNIER_INLINE WeightQuad weight_quad(const int8_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
VERNIER_INLINE VecI32 dot(VecI32 acc, ActQuad a, WeightQuad w) {
  return {_mm256_dpbusd_avx_epi32(acc.v, a.v, w.v)};
}
#else
// Even and odd bytes as int16.
struct ActQuad {
  __m256i even, odd;
};
struct WeightQuad {
  __m256i even, odd;
};

template <bool kFlip>
VERNIER_INLINE ActQuad make_act(__m256i x) {
  if constexpr (kFlip) x = _mm256_xor_si256(x, _mm256_set1_epi8(-128));
  return {_mm256_and_si256(x, _mm256_set1_epi16(0xFF)), _mm256_srli_epi16(x, 8)};
}
VERNIER_INLINE WeightQuad split_s8(__m256i x) {
  return {_mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8), _mm256_srai_epi16(x, 8)};
}
VERNIER_INLINE WeightQuad weight_quad(const int8_t* p) {
  return split_s8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
VERNIER_INLINE VecI32 dot(VecI32 acc, const ActQuad& a, const WeightQuad& w) {
  const __m256i even = _mm256_madd_epi16(a.even, w.even);
  const __m256i odd = _mm256_madd_epi16(a.odd, w.odd);
  return {_mm256_add_epi32(_mm256_add_epi32(acc.v, even), odd)};
}
#endif

template <bool kFlip>
VERNIER_INLINE ActQuad act_quad(const uint8_t* p) {
  int32_t x;
  __builtin_memcpy(&x, p, 4);
  return make_act<kFlip>(_mm256_set1_epi32(x));
}
template <bool kFlip>
VERNIER_INLINE ActQuad act_quad_tail(const uint8_t* p, ptrdiff_t n) {
  uint32_t x = p[0];
  if (n > 1) x |= static_cast<uint32_t>(p[1]) << 8U;
  if (n > 2) x |= static_cast<uint32_t>(p[2]) << 16U;
  return make_act<kFlip>(_mm256_set1_epi32(static_cast<int32_t>(x)));
}
using TapQuads = ActQuad;
template <bool kFlip>
VERNIER_INLINE TapQuads tap_quads(const uint8_t* p0, const uint8_t* p1, const uint8_t* p2,
                                  const uint8_t* p3, ptrdiff_t n) {
  const __m128i t01 = _mm_unpacklo_epi8(load_up_to_8(p0, n), load_up_to_8(p1, n));
  const __m128i t23 = _mm_unpacklo_epi8(load_up_to_8(p2, n), load_up_to_8(p3, n));
  return make_act<kFlip>(
      _mm256_set_m128i(_mm_unpackhi_epi16(t01, t23), _mm_unpacklo_epi16(t01, t23)));
}

// Wide blocks, see vec_int_avx512.h.
struct WideBytes {
  __m256i v;
};
struct WideTaps {
  ActQuad q[4];
};
VERNIER_INLINE WideBytes wide_load(const uint8_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
}
VERNIER_INLINE WideBytes wide_zero() { return {_mm256_setzero_si256()}; }
template <bool kFlip>
VERNIER_INLINE WideTaps wide_taps(WideBytes t0, WideBytes t1, WideBytes t2, WideBytes t3) {
  const __m256i lo01 = _mm256_unpacklo_epi8(t0.v, t1.v);
  const __m256i hi01 = _mm256_unpackhi_epi8(t0.v, t1.v);
  const __m256i lo23 = _mm256_unpacklo_epi8(t2.v, t3.v);
  const __m256i hi23 = _mm256_unpackhi_epi8(t2.v, t3.v);
  return {{make_act<kFlip>(_mm256_unpacklo_epi16(lo01, lo23)),
           make_act<kFlip>(_mm256_unpackhi_epi16(lo01, lo23)),
           make_act<kFlip>(_mm256_unpacklo_epi16(hi01, hi23)),
           make_act<kFlip>(_mm256_unpackhi_epi16(hi01, hi23))}};
}
template <bool kSigned>
VERNIER_INLINE void wide_widen(const uint8_t* p, VecI32* out) {
  const __m256i x = wide_load(p).v;
  const __m256i sign =
      kSigned ? _mm256_cmpgt_epi8(_mm256_setzero_si256(), x) : _mm256_setzero_si256();
  const __m256i lo = _mm256_unpacklo_epi8(x, sign);
  const __m256i hi = _mm256_unpackhi_epi8(x, sign);
  const __m256i slo = kSigned ? _mm256_srai_epi16(lo, 15) : sign;
  const __m256i shi = kSigned ? _mm256_srai_epi16(hi, 15) : sign;
  out[0] = {_mm256_unpacklo_epi16(lo, slo)};
  out[1] = {_mm256_unpackhi_epi16(lo, slo)};
  out[2] = {_mm256_unpacklo_epi16(hi, shi)};
  out[3] = {_mm256_unpackhi_epi16(hi, shi)};
}
VERNIER_INLINE void wide_store(uint8_t* p, const PackConstants& c, const VecF32* t) {
  store_u8(p, {pack4_parts(c, t)});
}

}  // namespace
}  // namespace vernier
