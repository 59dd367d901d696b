#pragma once
// The epilogue of qsimd/epilogue.h over vectors. Include after one qsimd/vec_int_*.h.
#include "backend/cpu/kernels/qsimd/epilogue.h"

namespace vernier {
namespace {

// Float constants of a QEpilogue, made once per tile.
struct Finish {
  VecF32 lo, hi;  // 8-bit outputs: less the zero point
  VecI32 zero;
  VecF32 mid_lo, mid_hi, mid_scale;
  VecI32 residual_zero;
  VecF32 residual_scale;
};

VERNIER_INLINE Finish finish_constants(const QEpilogue& e) {
  Finish f;
  const bool floats = e.out == QOut::f32;
  f.lo = broadcast(floats ? e.lo_f32 : static_cast<float>(e.lo - e.zero));
  f.hi = broadcast(floats ? e.hi_f32 : static_cast<float>(e.hi - e.zero));
  f.zero = seti(e.zero);
  f.mid_lo = broadcast(static_cast<float>(e.mid_lo));
  f.mid_hi = broadcast(static_cast<float>(e.mid_hi));
  f.mid_scale = broadcast(e.mid_scale);
  f.residual_zero = seti(e.residual_zero);
  f.residual_scale = broadcast(e.residual_scale);
  return f;
}

// Of 8-bit outputs.
VERNIER_INLINE PackConstants finish_pack(const QEpilogue& e) {
  return pack_constants(static_cast<float>(e.hi - e.zero), e.zero, e.lo, e.out == QOut::s8);
}

VERNIER_INLINE VecF32 finish_scale(VecI32 sum, VecF32 scale, VecF32 offset) {
  return fused(to_float(sum), scale, offset);
}
VERNIER_INLINE VecF32 finish_mid(const Finish& f, VecF32 t) {
  return mul(round_even(clamp(t, f.mid_lo, f.mid_hi)), f.mid_scale);
}
VERNIER_INLINE VecF32 finish_residual(const Finish& f, VecI32 residual, VecF32 t) {
  return fused(to_float(subi(residual, f.residual_zero)), f.residual_scale, t);
}
// Clamping to whole numbers before rounding gives what clamping after it gives, and keeps the
// conversion in range.
VERNIER_INLINE VecI32 finish_round(const Finish& f, VecF32 t) {
  return addi(round_to_int(clamp(t, f.lo, f.hi)), f.zero);
}

}  // namespace
}  // namespace vernier
