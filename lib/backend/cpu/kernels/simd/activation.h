#pragma once
// Elementwise activations that kernels fuse behind their own result. Plain data; the vector code is
// in simd/vec_activation.h.
#include <cstdint>

namespace vernier {

enum class ActivationKind : std::uint8_t {
  none,
  relu,         // max(0, x)
  clip,         // min(beta, max(alpha, x)), alpha <= beta
  sigmoid,      // 1 / (1 + e^-x)
  silu,         // x * sigmoid(x)
  hardswish,    // x * max(0, min(1, x / 6 + 1 / 2))
  hardsigmoid,  // max(0, min(1, alpha * x + beta))
  leaky_relu,   // x < 0 ? alpha * x : x
  tanh,
  gelu_erf,   // 0.5 x (1 + erf(x / sqrt 2))
  gelu_tanh,  // 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
};

// NaN stays NaN under every kind.
struct ActivationF32 {
  ActivationKind kind;
  float alpha;
  float beta;
};

// True for the kinds that are a clamp to an interval, which the tiles apply in registers.
constexpr bool activation_is_clamp(ActivationKind kind) {
  return kind == ActivationKind::relu || kind == ActivationKind::clip;
}

}  // namespace vernier
