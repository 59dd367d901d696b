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
//   dot(acc, act, weight)        acc + the four products of each lane, exact
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

typedef uint32_t RawU32x4 __attribute__((vector_size(16)));

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
VERNIER_INLINE VecF32 fused(VecF32 a, VecF32 b, VecF32 c) {
  VecF32 r;
  for (int i = 0; i < VecF32::kLanes; ++i) r.v[i] = __builtin_fmaf(a.v[i], b.v[i], c.v[i]);
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
  return load_bytes_partial<kSigned>(p, VecF32::kLanes);
}
VERNIER_INLINE void store_bytes_partial(uint8_t* p, VecI32 a, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; ++i) p[i] = static_cast<uint8_t>(a.v[i]);
}
VERNIER_INLINE void store_bytes(uint8_t* p, VecI32 a) { store_bytes_partial(p, a, VecF32::kLanes); }

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

struct ActQuad {
  int32_t x[4];
};
struct WeightQuad {
  const int8_t* p;
};
struct TapQuads {
  int32_t x[VecF32::kLanes][4];
};

template <bool kFlip>
VERNIER_INLINE ActQuad act_quad_tail(const uint8_t* p, ptrdiff_t n) {
  ActQuad r{};
  for (ptrdiff_t i = 0; i < n; ++i) r.x[i] = p[i] ^ (kFlip ? 0x80 : 0);
  return r;
}
template <bool kFlip>
VERNIER_INLINE ActQuad act_quad(const uint8_t* p) {
  return act_quad_tail<kFlip>(p, 4);
}
VERNIER_INLINE WeightQuad weight_quad(const int8_t* p) { return {p}; }
VERNIER_INLINE VecI32 dot(VecI32 acc, const ActQuad& a, WeightQuad w) {
  VecI32 sum;
  for (int i = 0; i < VecF32::kLanes; ++i) {
    sum.v[i] = a.x[0] * w.p[4 * i] + a.x[1] * w.p[4 * i + 1] + a.x[2] * w.p[4 * i + 2] +
               a.x[3] * w.p[4 * i + 3];
  }
  return addi(acc, sum);
}

template <bool kFlip>
VERNIER_INLINE TapQuads tap_quads(const uint8_t* p0, const uint8_t* p1, const uint8_t* p2,
                                  const uint8_t* p3, ptrdiff_t n) {
  TapQuads r{};
  for (ptrdiff_t c = 0; c < n; ++c) {
    const uint8_t x[4] = {p0[c], p1[c], p2[c], p3[c]};
    for (int i = 0; i < 4; ++i) r.x[c][i] = x[i] ^ (kFlip ? 0x80 : 0);
  }
  return r;
}
VERNIER_INLINE VecI32 dot(VecI32 acc, const TapQuads& a, WeightQuad w) {
  VecI32 sum;
  for (int i = 0; i < VecF32::kLanes; ++i) {
    sum.v[i] = a.x[i][0] * w.p[4 * i] + a.x[i][1] * w.p[4 * i + 1] + a.x[i][2] * w.p[4 * i + 2] +
               a.x[i][3] * w.p[4 * i + 3];
  }
  return addi(acc, sum);
}

}  // namespace
}  // namespace vernier
