#pragma once
// VecF32 without any ISA flag: 4 lanes by the compiler's vector extension. This header documents
// the interface that vec_avx2.h and vec_avx512.h implement too. Everything is in an anonymous
// namespace: an ISA source file includes exactly one vec_*.h, then its family's generic.h, so that
// no inline function compiled with ISA flags is shared.
//
//   VecF32, VecF32::kLanes      a vector of floats; Mask is a lane mask
//   VERNIER_SIMD_ISA            token generic | avx2 | avx512
//   load, store                 unaligned, kLanes floats
//   load_partial, store_partial the first n lanes, 0 <= n <= kLanes; other memory is not touched,
//   other lanes are 0 broadcast, zero add sub mul div sqrt abs neg copysign(magnitude, sign)
//   fmadd(a, b, c) = a*b + c, fnmadd = c - a*b    fused where the ISA has FMA
//   (VERNIER_SIMD_HAS_FMA) max(a, b), min(a, b)        IEEE compare; returns b if either is NaN.
//   Relu that keeps NaN is max(zero(), x) max_nan, min_nan            NaN if either is NaN
//   round_even, floor, ceil     to integral; round_even is round-half-to-even
//   lt le gt ge eq is_nan       ordered compares -> Mask; mask_and, mask_or, mask_any
//   select(m, a, b)             a where m, else b
//   reduce_add, reduce_max, reduce_min    all lanes, fixed order; max/min do not promise NaN (test
//   is_nan beside them) scale_pow2(a, n)            a * 2^n, n integral in [-252, 254]
//   split_pow2(a, &frac)        a == frac * 2^result, frac in [sqrt 0.5, sqrt 2], for finite a > 0
// From vec_math.h: exp, log, sigmoid, silu, tanh, erf, gelu_erf, gelu_tanh, and clamp.
// VecF32Half (VERNIER_SIMD_HAS_HALF, AVX-512 only): 8 lanes with load_half, store_half,
// broadcast_half, low_half, add, max, min, fmadd.
#ifdef VERNIER_SIMD_ISA
#error "exactly one vec_*.h may be included per translation unit"
#endif
#define VERNIER_SIMD_ISA generic
#define VERNIER_SIMD_HAS_HALF 0
#define VERNIER_SIMD_HAS_FMA 0

#include <stddef.h>
#include <stdint.h>

#ifndef VERNIER_INLINE
#define VERNIER_INLINE inline __attribute__((always_inline))
#endif

namespace vernier {
namespace {

using RawF32x4 = float __attribute__((vector_size(16)));
using RawI32x4 = int32_t __attribute__((vector_size(16)));

struct VecF32 {
  static constexpr int kLanes = 4;
  RawF32x4 v;
};

struct Mask {
  RawI32x4 m;
};

VERNIER_INLINE RawI32x4 bits_of(RawF32x4 a) { return reinterpret_cast<RawI32x4>(a); }
VERNIER_INLINE RawF32x4 floats_of(RawI32x4 a) { return reinterpret_cast<RawF32x4>(a); }

VERNIER_INLINE VecF32 load(const float* p) {
  VecF32 r;
  __builtin_memcpy(&r.v, p, sizeof(r.v));
  return r;
}
VERNIER_INLINE VecF32 load_partial(const float* p, ptrdiff_t n) {
  VecF32 r = {RawF32x4{0.0F, 0.0F, 0.0F, 0.0F}};
  for (ptrdiff_t i = 0; i < n; ++i) r.v[i] = p[i];
  return r;
}
VERNIER_INLINE void store(float* p, VecF32 a) { __builtin_memcpy(p, &a.v, sizeof(a.v)); }
VERNIER_INLINE void store_partial(float* p, VecF32 a, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; ++i) p[i] = a.v[i];
}
VERNIER_INLINE VecF32 broadcast(float x) { return {RawF32x4{x, x, x, x}}; }
VERNIER_INLINE VecF32 zero() { return {RawF32x4{0.0F, 0.0F, 0.0F, 0.0F}}; }
VERNIER_INLINE VecF32 add(VecF32 a, VecF32 b) { return {a.v + b.v}; }
VERNIER_INLINE VecF32 sub(VecF32 a, VecF32 b) { return {a.v - b.v}; }
VERNIER_INLINE VecF32 mul(VecF32 a, VecF32 b) { return {a.v * b.v}; }
VERNIER_INLINE VecF32 div(VecF32 a, VecF32 b) { return {a.v / b.v}; }
VERNIER_INLINE VecF32 fmadd(VecF32 a, VecF32 b, VecF32 c) { return {a.v * b.v + c.v}; }
VERNIER_INLINE VecF32 fnmadd(VecF32 a, VecF32 b, VecF32 c) { return {c.v - a.v * b.v}; }
VERNIER_INLINE VecF32 max(VecF32 a, VecF32 b) { return {a.v > b.v ? a.v : b.v}; }
VERNIER_INLINE VecF32 min(VecF32 a, VecF32 b) { return {a.v < b.v ? a.v : b.v}; }
VERNIER_INLINE VecF32 abs(VecF32 a) { return {floats_of(bits_of(a.v) & 0x7fffffff)}; }
VERNIER_INLINE VecF32 neg(VecF32 a) { return {-a.v}; }
VERNIER_INLINE VecF32 copysign(VecF32 magnitude, VecF32 sign) {
  return {floats_of((bits_of(magnitude.v) & 0x7fffffff) | (bits_of(sign.v) & INT32_MIN))};
}
VERNIER_INLINE VecF32 sqrt(VecF32 a) {
  VecF32 r = a;
  for (int i = 0; i < 4; ++i) r.v[i] = __builtin_sqrtf(a.v[i]);
  return r;
}

VERNIER_INLINE Mask lt(VecF32 a, VecF32 b) { return {a.v < b.v}; }
VERNIER_INLINE Mask le(VecF32 a, VecF32 b) { return {a.v <= b.v}; }
VERNIER_INLINE Mask gt(VecF32 a, VecF32 b) { return {a.v > b.v}; }
VERNIER_INLINE Mask ge(VecF32 a, VecF32 b) { return {a.v >= b.v}; }
VERNIER_INLINE Mask eq(VecF32 a, VecF32 b) { return {a.v == b.v}; }
VERNIER_INLINE Mask is_nan(VecF32 a) { return {a.v != a.v}; }
VERNIER_INLINE Mask mask_and(Mask a, Mask b) { return {a.m & b.m}; }
VERNIER_INLINE Mask mask_or(Mask a, Mask b) { return {a.m | b.m}; }
VERNIER_INLINE bool mask_any(Mask a) { return (a.m[0] | a.m[1] | a.m[2] | a.m[3]) != 0; }
VERNIER_INLINE VecF32 select(Mask m, VecF32 a, VecF32 b) { return {m.m ? a.v : b.v}; }

// Adding and subtracting 2^23 rounds a magnitude below it to an integer in the current
// (nearest-even) mode.
VERNIER_INLINE VecF32 round_even(VecF32 a) {
  const VecF32 big = broadcast(8388608.0F);
  const VecF32 mag = abs(a);
  const VecF32 rounded = copysign(sub(add(mag, big), big), a);
  return select(lt(mag, big), rounded, a);
}
VERNIER_INLINE VecF32 floor(VecF32 a) {
  const VecF32 r = round_even(a);
  return select(gt(r, a), sub(r, broadcast(1.0F)), r);
}
VERNIER_INLINE VecF32 ceil(VecF32 a) {
  const VecF32 r = round_even(a);
  return select(lt(r, a), copysign(add(r, broadcast(1.0F)), a), r);
}

// Two exact power-of-two factors, so that a subnormal result is rounded once.
VERNIER_INLINE VecF32 scale_pow2(VecF32 a, VecF32 n) {
  // n is integral and small: its value sits in the low mantissa bits after adding 1.5 * 2^23. A NaN
  // stays in range by the mask and is carried by `a`.
  const VecF32 magic = add(n, broadcast(12582912.0F));
  const RawI32x4 i = ((bits_of(magic.v) & 0x3ff) ^ 0x200) - 0x200;
  const RawI32x4 i0 = i >> 1;
  const RawI32x4 i1 = i - i0;
  return {a.v * floats_of((i0 + 127) << 23) * floats_of((i1 + 127) << 23)};
}
VERNIER_INLINE VecF32 split_pow2(VecF32 a, VecF32* frac) {
  const Mask subnormal = lt(a, broadcast(1.17549435e-38F));
  const VecF32 x = select(subnormal, mul(a, broadcast(8388608.0F)), a);
  const RawI32x4 bits = bits_of(x.v);
  // Subtracting the bits of sqrt(0.5) leaves the exponent of the range [sqrt 0.5, sqrt 2).
  const RawI32x4 e = (bits - 0x3f3504f3) >> 23;
  frac->v = floats_of(bits - (e << 23));
  const VecF32 fe = {__builtin_convertvector(e, RawF32x4)};
  return sub(fe, select(subnormal, broadcast(23.0F), zero()));
}

VERNIER_INLINE float reduce_add(VecF32 a) { return (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]); }
VERNIER_INLINE float reduce_max(VecF32 a) {
  const float x = a.v[0] > a.v[2] ? a.v[0] : a.v[2];
  const float y = a.v[1] > a.v[3] ? a.v[1] : a.v[3];
  return x > y ? x : y;
}
VERNIER_INLINE float reduce_min(VecF32 a) {
  const float x = a.v[0] < a.v[2] ? a.v[0] : a.v[2];
  const float y = a.v[1] < a.v[3] ? a.v[1] : a.v[3];
  return x < y ? x : y;
}

}  // namespace
}  // namespace vernier

#include "backend/cpu/kernels/simd/vec_math.h"
