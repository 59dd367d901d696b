#pragma once
// VecI32 without any ISA flag. This header documents the interface that vec_int_avx2.h and
// vec_int_avx512.h implement too; each includes its simd/vec_*.h, and a source file includes
// exactly one.
//
//   VecI32                       VecF32::kLanes int32, arithmetic modulo 2^32
//   loadi, storei, seti          unaligned; all lanes alike
//   loadi_partial, storei_partial  the first n lanes, 0 <= n <= kLanes; others read 0
//   addi subi muli maxi mini
//   to_float                     int32 -> nearest fp32
//   round_to_int                 fp32 -> int32, half to even; |x| < 2^31
//   truncate_to_int              fp32 -> int32 towards zero; |x| < 2^31
//   fused(a, b, c)               a * b + c, rounded once
//   load_bytes<signed>(p)        kLanes bytes widened; load_bytes_partial(p, n) the first n
//   store_bytes(p, v)            the low byte of each lane; store_bytes_partial(p, v, n)
//   ActQuad                      four u8 of one row, for every lane: act_quad<flip>(p),
//                                act_quad_tail<flip>(p, n) reads 1..3 bytes; flip inverts top bits
//   WeightQuad                   four s8 of each lane's column: weight_quad(p), 4 * kLanes bytes
//   dot(acc, act, weight)        acc + the four products of each lane, exact; with
//                                VERNIER_QSIMD_SATURATE (here only) sums of two saturate at 16 bits
// VecU8                          kBytes bytes: load_u8, store_u8, max_u8, max_s8
// PackConstants                  of 8-bit outputs: pack_constants(hi less zero, zero, lo, signed)
//   pack4(c, t)                  four vectors of t as clamp(round_even(t) + zero, lo, hi): VecU8 of
//                                their bytes, in order. Saturating packs do the lower clamp
//   store_packed<NV>(v, dst, pitch, rows, columns)  v as rows of NV vectors each, `columns` bytes
// Depthwise blocks: Narrow is kLanes channels in one accumulator.
//   tap_quads<flip>(p0, p1, p2, p3, n)  TapQuads: four u8 of each of the first n <= kLanes channels
//   dot(acc, taps, weight)       as above
#include "backend/cpu/kernels/simd/vec_generic.h"

#define VERNIER_QSIMD_HAS_HALF 0
#define VERNIER_QSIMD_HAS_WIDE 0

namespace vernier {
namespace {

using RawU32x4 = uint32_t __attribute__((vector_size(16)));
using RawU8x4 = uint8_t __attribute__((vector_size(4)));
using RawI8x4 = int8_t __attribute__((vector_size(4)));

struct VecI32 {
  RawI32x4 v;
};

VERNIER_INLINE VecI32 addi(VecI32 a, VecI32 b) {
  return {reinterpret_cast<RawI32x4>(reinterpret_cast<RawU32x4>(a.v) +
                                     reinterpret_cast<RawU32x4>(b.v))};
}
VERNIER_INLINE VecI32 subi(VecI32 a, VecI32 b) {
  return {reinterpret_cast<RawI32x4>(reinterpret_cast<RawU32x4>(a.v) -
                                     reinterpret_cast<RawU32x4>(b.v))};
}
VERNIER_INLINE VecI32 muli(VecI32 a, VecI32 b) {
  return {reinterpret_cast<RawI32x4>(reinterpret_cast<RawU32x4>(a.v) *
                                     reinterpret_cast<RawU32x4>(b.v))};
}
VERNIER_INLINE VecI32 maxi(VecI32 a, VecI32 b) {
  const RawI32x4 m = a.v > b.v;
  return {(a.v & m) | (b.v & ~m)};
}
VERNIER_INLINE VecI32 mini(VecI32 a, VecI32 b) {
  const RawI32x4 m = a.v < b.v;
  return {(a.v & m) | (b.v & ~m)};
}
VERNIER_INLINE VecI32 seti(int32_t x) { return {RawI32x4{x, x, x, x}}; }
VERNIER_INLINE VecI32 loadi(const int32_t* p) {
  VecI32 r;
  __builtin_memcpy(&r.v, p, sizeof(r.v));
  return r;
}
VERNIER_INLINE VecI32 loadi_partial(const int32_t* p, ptrdiff_t n) {
  VecI32 r = seti(0);
  for (ptrdiff_t i = 0; i < n; ++i) r.v[i] = p[i];
  return r;
}
VERNIER_INLINE void storei(int32_t* p, VecI32 a) { __builtin_memcpy(p, &a.v, sizeof(a.v)); }
VERNIER_INLINE void storei_partial(int32_t* p, VecI32 a, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; ++i) p[i] = a.v[i];
}
VERNIER_INLINE VecF32 to_float(VecI32 a) { return {__builtin_convertvector(a.v, RawF32x4)}; }
VERNIER_INLINE VecI32 truncate_to_int(VecF32 a) { return {__builtin_convertvector(a.v, RawI32x4)}; }
VERNIER_INLINE VecI32 round_to_int(VecF32 a) { return truncate_to_int(round_even(a)); }
// Without FMA instructions: the product is exact in double, the sum is rounded to odd there, so
// that rounding it to float is the only rounding. For finite operands.
VERNIER_INLINE float fused_lane(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double addend = static_cast<double>(c);
  double sum = product + addend;
  const double part = sum - product;
  const double error = (product - (sum - part)) + (addend - part);
  uint64_t bits;
  __builtin_memcpy(&bits, &sum, sizeof(bits));
  if (error != 0.0 && (bits & 1U) == 0) {
    bits += (error > 0.0) == (sum > 0.0) ? uint64_t{1} : ~uint64_t{0};
    __builtin_memcpy(&sum, &bits, sizeof(bits));
  }
  return static_cast<float>(sum);
}
VERNIER_INLINE VecF32 fused(VecF32 a, VecF32 b, VecF32 c) {
  VecF32 r;
  for (int i = 0; i < VecF32::kLanes; ++i) r.v[i] = fused_lane(a.v[i], b.v[i], c.v[i]);
  return r;
}

template <bool kSigned>
VERNIER_INLINE VecI32 load_bytes_partial(const uint8_t* p, ptrdiff_t n) {
  VecI32 r = seti(0);
  for (ptrdiff_t i = 0; i < n; ++i) r.v[i] = kSigned ? static_cast<int8_t>(p[i]) : p[i];
  return r;
}
template <bool kSigned>
VERNIER_INLINE VecI32 load_bytes(const uint8_t* p) {
  RawU8x4 x;
  __builtin_memcpy(&x, p, sizeof(x));
  if constexpr (kSigned) return {__builtin_convertvector(reinterpret_cast<RawI8x4>(x), RawI32x4)};
  return {__builtin_convertvector(x, RawI32x4)};
}
VERNIER_INLINE void store_bytes_partial(uint8_t* p, VecI32 a, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; ++i) p[i] = static_cast<uint8_t>(a.v[i]);
}
VERNIER_INLINE void store_bytes(uint8_t* p, VecI32 a) {
  const RawU8x4 x = __builtin_convertvector(a.v, RawU8x4);
  __builtin_memcpy(p, &x, sizeof(x));
}

struct VecU8 {
  static constexpr int kBytes = 16;
  uint8_t x[kBytes];
};
VERNIER_INLINE VecU8 load_u8(const uint8_t* p) {
  VecU8 r;
  __builtin_memcpy(r.x, p, sizeof(r.x));
  return r;
}
VERNIER_INLINE void store_u8(uint8_t* p, const VecU8& a) { __builtin_memcpy(p, a.x, sizeof(a.x)); }
VERNIER_INLINE VecU8 max_u8(const VecU8& a, const VecU8& b) {
  VecU8 r;
  for (int i = 0; i < VecU8::kBytes; ++i) r.x[i] = a.x[i] > b.x[i] ? a.x[i] : b.x[i];
  return r;
}
VERNIER_INLINE VecU8 max_s8(const VecU8& a, const VecU8& b) {
  VecU8 r;
  for (int i = 0; i < VecU8::kBytes; ++i) {
    r.x[i] = static_cast<int8_t>(a.x[i]) > static_cast<int8_t>(b.x[i]) ? a.x[i] : b.x[i];
  }
  return r;
}

struct PackConstants {
  VecF32 hi;
  VecI32 zero, lo;
};
VERNIER_INLINE PackConstants pack_constants(float hi, int32_t zero_point, int32_t lo,
                                            bool /*is_signed*/) {
  return {broadcast(hi), seti(zero_point), seti(lo)};
}
VERNIER_INLINE VecU8 pack4(const PackConstants& c, const VecF32* t) {
  VecU8 r;
  for (int i = 0; i < 4; ++i) {
    // Far below the range of bytes, within that of int32.
    const VecF32 x = max(broadcast(-65536.0F), min(c.hi, t[i]));
    store_bytes(r.x + 4 * i, maxi(c.lo, addi(round_to_int(x), c.zero)));
  }
  return r;
}
template <int kVectors>
VERNIER_INLINE void store_packed(const VecU8& v, uint8_t* dst, ptrdiff_t pitch, int rows,
                                 ptrdiff_t columns) {
  for (int r = 0; r < rows; ++r) {
    for (ptrdiff_t i = 0; i < columns; ++i) {
      dst[r * pitch + i] = v.x[r * kVectors * VecF32::kLanes + i];
    }
  }
}

// A product of u8 and s8 fits 16 bits, two of them need 32: eight products of two columns at a
// time.
using RawI16x8 = int16_t __attribute__((vector_size(16)));
using RawI16x4 = int16_t __attribute__((vector_size(8)));
using RawI8x8 = int8_t __attribute__((vector_size(8)));

struct ActQuad {
  RawI16x8 x;  // the four, twice
};
struct WeightQuad {
  RawI16x8 low, high;  // of two columns each
};
struct TapQuads {
  RawI16x8 low, high;
};

template <bool kFlip>
VERNIER_INLINE ActQuad make_act(RawU8x4 bytes) {
  const RawI16x4 x = __builtin_convertvector(kFlip ? bytes ^ uint8_t{0x80} : bytes, RawI16x4);
  return {__builtin_shufflevector(x, x, 0, 1, 2, 3, 0, 1, 2, 3)};
}
template <bool kFlip>
VERNIER_INLINE ActQuad act_quad(const uint8_t* p) {
  RawU8x4 bytes;
  __builtin_memcpy(&bytes, p, sizeof(bytes));
  return make_act<kFlip>(bytes);
}
template <bool kFlip>
VERNIER_INLINE ActQuad act_quad_tail(const uint8_t* p, ptrdiff_t n) {
  return make_act<kFlip>(
      RawU8x4{p[0], n > 1 ? p[1] : uint8_t{0}, n > 2 ? p[2] : uint8_t{0}, uint8_t{0}});
}
VERNIER_INLINE WeightQuad weight_quad(const int8_t* p) {
  RawI8x8 low;
  RawI8x8 high;
  __builtin_memcpy(&low, p, sizeof(low));
  __builtin_memcpy(&high, p + sizeof(low), sizeof(high));
  return {__builtin_convertvector(low, RawI16x8), __builtin_convertvector(high, RawI16x8)};
}
// Sums of neighbouring pairs.
VERNIER_INLINE RawI32x4 pair_sums(RawI16x8 products) {
  const auto pairs = reinterpret_cast<RawI32x4>(products);
  const RawI32x4 sums = ((pairs << 16) >> 16) + (pairs >> 16);
#ifdef VERNIER_QSIMD_SATURATE
  return mini(maxi({sums}, seti(-32768)), seti(32767)).v;
#else
  return sums;
#endif
}
VERNIER_INLINE VecI32 dot(VecI32 acc, RawI16x8 a_low, RawI16x8 a_high, const WeightQuad& w) {
  const RawI32x4 low = pair_sums(a_low * w.low);
  const RawI32x4 high = pair_sums(a_high * w.high);
  return addi(acc, {__builtin_shufflevector(low, high, 0, 2, 4, 6) +
                    __builtin_shufflevector(low, high, 1, 3, 5, 7)});
}
VERNIER_INLINE VecI32 dot(VecI32 acc, const ActQuad& a, const WeightQuad& w) {
  return dot(acc, a.x, a.x, w);
}

template <bool kFlip>
VERNIER_INLINE TapQuads tap_quads(const uint8_t* p0, const uint8_t* p1, const uint8_t* p2,
                                  const uint8_t* p3, ptrdiff_t n) {
  int16_t x[static_cast<size_t>(VecF32::kLanes)][4] = {};
  for (ptrdiff_t c = 0; c < n; ++c) {
    const uint8_t taps[4] = {p0[c], p1[c], p2[c], p3[c]};
    for (int i = 0; i < 4; ++i) x[c][i] = taps[i] ^ (kFlip ? 0x80 : 0);
  }
  TapQuads r;
  __builtin_memcpy(&r.low, x[0], sizeof(r.low));
  __builtin_memcpy(&r.high, x[2], sizeof(r.high));
  return r;
}
VERNIER_INLINE VecI32 dot(VecI32 acc, const TapQuads& a, const WeightQuad& w) {
  return dot(acc, a.low, a.high, w);
}

}  // namespace
}  // namespace vernier
