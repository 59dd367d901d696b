#pragma once
// The epilogue of qsimd/epilogue.h over vectors. Include after one qsimd/vec_int_*.h.
#include "backend/cpu/kernels/qsimd/epilogue.h"

namespace vernier {
namespace {

// Constants of a QEpilogue, made once per tile.
struct Finish {
  float lo, hi;  // 8-bit outputs: less the zero point
  int32_t zero;
  float mid_lo, mid_hi, mid_scale;
  int32_t residual_zero;
  float residual_scale;
};

VERNIER_INLINE Finish finish_constants(const QEpilogue& e) {
  const bool floats = e.out == QOut::f32;
  return {floats ? e.lo_f32 : static_cast<float>(e.lo - e.zero),
          floats ? e.hi_f32 : static_cast<float>(e.hi - e.zero),
          e.zero,
          static_cast<float>(e.mid_lo),
          static_cast<float>(e.mid_hi),
          e.mid_scale,
          e.residual_zero,
          e.residual_scale};
}

// Of 8-bit outputs.
VERNIER_INLINE PackConstants finish_pack(const QEpilogue& e) {
  return pack_constants(static_cast<float>(e.hi - e.zero), e.zero, e.lo, e.out == QOut::s8);
}

VERNIER_INLINE VecF32 finish_scale(VecI32 sum, VecF32 scale, VecF32 offset) {
  return fused(to_float(sum), scale, offset);
}
VERNIER_INLINE VecF32 finish_clamp(const Finish& f, VecF32 t) {
  return clamp(t, broadcast(f.lo), broadcast(f.hi));
}
VERNIER_INLINE VecF32 finish_mid(const Finish& f, VecF32 t) {
  return mul(round_even(clamp(t, broadcast(f.mid_lo), broadcast(f.mid_hi))),
             broadcast(f.mid_scale));
}
VERNIER_INLINE VecF32 finish_residual(const Finish& f, VecI32 residual, VecF32 t) {
  return fused(to_float(subi(residual, seti(f.residual_zero))), broadcast(f.residual_scale), t);
}
// Clamping to whole numbers before rounding gives what clamping after it gives, and keeps the
// conversion in range.
VERNIER_INLINE VecI32 finish_round(const Finish& f, VecF32 t) {
  return addi(round_to_int(finish_clamp(f, t)), seti(f.zero));
}

}  // namespace
}  // namespace vernier
