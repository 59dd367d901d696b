#pragma once
// Elementary functions over VecF32, written once on the primitives of the vec_*.h that includes
// this file. Errors below are against the correctly rounded value over the whole float range, with
// FMA; without FMA add 1 ulp.
#ifndef VERNIER_SIMD_ISA
#error "include vec_generic.h, vec_avx2.h or vec_avx512.h"
#endif

namespace vernier {
namespace {

VERNIER_INLINE VecF32 max_nan(VecF32 a, VecF32 b) { return select(is_nan(a), a, max(a, b)); }
VERNIER_INLINE VecF32 min_nan(VecF32 a, VecF32 b) { return select(is_nan(a), a, min(a, b)); }
// x limited to [lo, hi]; NaN in x stays NaN.
VERNIER_INLINE VecF32 clamp(VecF32 x, VecF32 lo, VecF32 hi) { return min(hi, max(lo, x)); }

// e^x, 2 ulp, subnormal results included; exp(-inf) = 0, exp(inf) = inf, NaN stays.
// x = n ln2 + r, |r| <= ln2/2, ln2 split in two (Cody-Waite); polynomial from Cephes expf.
VERNIER_INLINE VecF32 exp(VecF32 x) {
  const VecF32 c = clamp(x, broadcast(-105.0F), broadcast(89.0F));
  const VecF32 n = round_even(mul(c, broadcast(1.44269504F)));
  VecF32 r = fnmadd(n, broadcast(0.693359375F), c);
  r = fnmadd(n, broadcast(-2.12194440e-4F), r);
  VecF32 p = fmadd(broadcast(1.9875691500e-4F), r, broadcast(1.3981999507e-3F));
  p = fmadd(p, r, broadcast(8.3334519073e-3F));
  p = fmadd(p, r, broadcast(4.1665795894e-2F));
  p = fmadd(p, r, broadcast(1.6666665459e-1F));
  p = fmadd(p, r, broadcast(5.0000001201e-1F));
  p = add(fmadd(p, mul(r, r), r), broadcast(1.0F));
  return scale_pow2(p, n);
}

// Natural logarithm, 2 ulp; log(0) = -inf, log(inf) = inf, log(x < 0) = NaN. Polynomial from Cephes
// logf.
VERNIER_INLINE VecF32 log(VecF32 x) {
  VecF32 f;
  const VecF32 e = split_pow2(x, &f);
  const VecF32 r = sub(f, broadcast(1.0F));
  const VecF32 r2 = mul(r, r);
  VecF32 p = fmadd(broadcast(7.0376836292e-2F), r, broadcast(-1.1514610310e-1F));
  p = fmadd(p, r, broadcast(1.1676998740e-1F));
  p = fmadd(p, r, broadcast(-1.2420140846e-1F));
  p = fmadd(p, r, broadcast(1.4249322787e-1F));
  p = fmadd(p, r, broadcast(-1.6668057665e-1F));
  p = fmadd(p, r, broadcast(2.0000714765e-1F));
  p = fmadd(p, r, broadcast(-2.4999993993e-1F));
  p = fmadd(p, r, broadcast(3.3333331174e-1F));
  VecF32 y = mul(mul(p, r), r2);
  y = fmadd(e, broadcast(-2.12194440e-4F), y);
  y = fnmadd(broadcast(0.5F), r2, y);
  y = add(r, y);
  y = fmadd(e, broadcast(0.693359375F), y);
  const VecF32 inf = broadcast(__builtin_inff());
  y = select(eq(x, zero()), neg(inf), y);
  y = select(eq(x, inf), inf, y);
  return select(lt(x, zero()), broadcast(__builtin_nanf("")), select(is_nan(x), x, y));
}

// 1 / (1 + e^-x), 4 ulp where the result is normal; below x = -88.7 it is 0.
VERNIER_INLINE VecF32 sigmoid(VecF32 x) {
  const VecF32 one = broadcast(1.0F);
  return div(one, add(one, exp(neg(x))));
}

// x * sigmoid(x); silu(-inf) = NaN, as Mul(x, Sigmoid(x)) gives.
VERNIER_INLINE VecF32 silu(VecF32 x) { return div(x, add(broadcast(1.0F), exp(neg(x)))); }

// 4 ulp. Odd polynomial (Cephes tanhf) below 0.625, 1 - 2 / (e^2|x| + 1) above.
VERNIER_INLINE VecF32 tanh(VecF32 x) {
  const VecF32 one = broadcast(1.0F);
  const VecF32 mag = abs(x);
  const VecF32 e = exp(add(mag, mag));
  const VecF32 large = fnmadd(broadcast(2.0F), div(one, add(e, one)), one);
  const VecF32 z = mul(x, x);
  VecF32 p = fmadd(broadcast(-5.70498872745e-3F), z, broadcast(2.06390887954e-2F));
  p = fmadd(p, z, broadcast(-5.37397155531e-2F));
  p = fmadd(p, z, broadcast(1.33314422036e-1F));
  p = fmadd(p, z, broadcast(-3.33332819422e-1F));
  const VecF32 small = fmadd(mul(p, z), x, x);
  return copysign(select(lt(mag, broadcast(0.625F)), small, large), x);
}

// Error function, 1.5e-7 absolute, 2 ulp. Two ranges: an odd polynomial in x below 0.9277, and 1 -
// exp(polynomial in |x|) above, which is 1 to rounding from 4 on. Coefficients: N. Juffa's public
// minimax erff.
VERNIER_INLINE VecF32 erf(VecF32 x) {
  const VecF32 t = min(broadcast(4.0F), abs(x));
  const VecF32 s = mul(x, x);
  const VecF32 s2 = mul(t, t);
  VecF32 r = fmadd(broadcast(-1.72853470e-5F), t, broadcast(3.83197126e-4F));
  const VecF32 u = fmadd(broadcast(-3.88396438e-3F), t, broadcast(2.42546219e-2F));
  r = fmadd(r, s2, u);
  r = fmadd(r, t, broadcast(-1.06777877e-1F));
  r = fmadd(r, t, broadcast(-6.34846687e-1F));
  r = fmadd(r, t, broadcast(-1.28717512e-1F));
  r = fmadd(r, t, neg(t));
  const VecF32 large = copysign(sub(broadcast(1.0F), exp(r)), x);
  VecF32 q = fmadd(broadcast(-5.96761703e-4F), s, broadcast(4.99119423e-3F));
  q = fmadd(q, s, broadcast(-2.67681349e-2F));
  q = fmadd(q, s, broadcast(1.12819925e-1F));
  q = fmadd(q, s, broadcast(-3.76125336e-1F));
  q = fmadd(q, s, broadcast(1.28379166e-1F));
  const VecF32 small = fmadd(q, x, x);
  return select(gt(t, broadcast(0.927734375F)), large, small);
}

// 0.5 x (1 + erf(x / sqrt 2))
VERNIER_INLINE VecF32 gelu_erf(VecF32 x) {
  const VecF32 half_x = mul(broadcast(0.5F), x);
  return fmadd(half_x, erf(mul(x, broadcast(0.70710678118F))), half_x);
}

// 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
VERNIER_INLINE VecF32 gelu_tanh(VecF32 x) {
  const VecF32 half_x = mul(broadcast(0.5F), x);
  const VecF32 x3 = mul(mul(x, x), mul(x, broadcast(0.044715F)));
  const VecF32 inner = mul(broadcast(0.79788456080F), add(x, x3));
  return fmadd(half_x, tanh(inner), half_x);
}

}  // namespace
}  // namespace vernier
