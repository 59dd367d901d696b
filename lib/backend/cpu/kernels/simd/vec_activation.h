#pragma once
// The activations of simd/activation.h over VecF32. Include after one simd/vec_*.h.
#include "backend/cpu/kernels/simd/activation.h"

namespace vernier {
namespace {

template <ActivationKind kKind>
VERNIER_INLINE VecF32 activate(VecF32 x, VecF32 alpha, VecF32 beta) {
  const VecF32 one = broadcast(1.0F);
  if constexpr (kKind == ActivationKind::relu) return max(zero(), x);
  if constexpr (kKind == ActivationKind::clip) return clamp(x, alpha, beta);
  if constexpr (kKind == ActivationKind::sigmoid) return sigmoid(x);
  if constexpr (kKind == ActivationKind::silu) return silu(x);
  if constexpr (kKind == ActivationKind::hardswish) {
    return mul(x, clamp(fmadd(x, broadcast(1.0F / 6.0F), broadcast(0.5F)), zero(), one));
  }
  if constexpr (kKind == ActivationKind::hardsigmoid) {
    return clamp(fmadd(x, alpha, beta), zero(), one);
  }
  if constexpr (kKind == ActivationKind::leaky_relu) {
    return select(lt(x, zero()), mul(x, alpha), x);
  }
  if constexpr (kKind == ActivationKind::tanh) return tanh(x);
  if constexpr (kKind == ActivationKind::gelu_erf) return gelu_erf(x);
  if constexpr (kKind == ActivationKind::gelu_tanh) return gelu_tanh(x);
  if constexpr (kKind == ActivationKind::none) return x;
}

template <ActivationKind kKind>
void activate_rows(float* rows, ptrdiff_t pitch, ptrdiff_t count, ptrdiff_t width, float alpha,
                   float beta) {
  const VecF32 va = broadcast(alpha);
  const VecF32 vb = broadcast(beta);
  for (ptrdiff_t r = 0; r < count; ++r) {
    float* p = rows + r * pitch;
    ptrdiff_t i = 0;
    for (; i + VecF32::kLanes <= width; i += VecF32::kLanes) {
      store(p + i, activate<kKind>(load(p + i), va, vb));
    }
    if (i < width) {
      store_partial(p + i, activate<kKind>(load_partial(p + i, width - i), va, vb), width - i);
    }
  }
}

// In place over `count` rows of `width` floats, `pitch` apart.
[[maybe_unused]] void activate_rows_f32(const ActivationF32& act, float* rows, ptrdiff_t pitch,
                                        ptrdiff_t count, ptrdiff_t width) {
#define VERNIER_ACTIVATION_CASE(kind_name)                                                    \
  case ActivationKind::kind_name:                                                             \
    activate_rows<ActivationKind::kind_name>(rows, pitch, count, width, act.alpha, act.beta); \
    break;
  switch (act.kind) {
    VERNIER_ACTIVATION_CASE(relu)
    VERNIER_ACTIVATION_CASE(clip)
    VERNIER_ACTIVATION_CASE(sigmoid)
    VERNIER_ACTIVATION_CASE(silu)
    VERNIER_ACTIVATION_CASE(hardswish)
    VERNIER_ACTIVATION_CASE(hardsigmoid)
    VERNIER_ACTIVATION_CASE(leaky_relu)
    VERNIER_ACTIVATION_CASE(tanh)
    VERNIER_ACTIVATION_CASE(gelu_erf)
    VERNIER_ACTIVATION_CASE(gelu_tanh)
    case ActivationKind::none:
      break;
  }
#undef VERNIER_ACTIVATION_CASE
}

}  // namespace
}  // namespace vernier
