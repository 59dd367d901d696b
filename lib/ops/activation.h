#pragma once

#include <cmath>
#include <cstdint>

namespace vernier {

/// An activation fused behind another operator (FusedConv, FusedGemm, FusedMatMul).
struct Activation {
  enum class Kind : std::uint8_t {
    none,
    relu,          ///< max(x, 0)
    clip,          ///< min(max(x, alpha), beta); alpha and beta may be infinite
    sigmoid,       ///< 1 / (1 + exp(-x))
    silu,          ///< x * sigmoid(x)
    hard_swish,    ///< x * max(0, min(1, x / 6 + 1 / 2))
    hard_sigmoid,  ///< max(0, min(1, alpha * x + beta))
    leaky_relu,    ///< x < 0 ? alpha * x : x
    tanh,
    gelu_erf,   ///< x / 2 * (1 + erf(x / sqrt(2)))
    gelu_tanh,  ///< x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
  };
  Kind kind = Kind::none;
  float alpha = 0.0F;
  float beta = 0.0F;
  friend bool operator==(const Activation&, const Activation&) = default;
};

/// 1 / (1 + exp(-x)) without overflow.
inline double sigmoid_of(double x) noexcept {
  if (x >= 0.0) return 1.0 / (1.0 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1.0 + e);
}
/// min(max(x, low), high) that keeps NaN; `high` wins when the limits cross (ONNX Clip).
inline double clip_of(double x, double low, double high) noexcept {
  const double raised = x < low ? low : x;
  return raised > high ? high : raised;
}
inline double gelu_erf_of(double x) noexcept {
  return 0.5 * x * (1.0 + std::erf(x * 0.70710678118654752440));
}
inline double gelu_tanh_of(double x) noexcept {
  return 0.5 * x * (1.0 + std::tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
}

/// The value of the activation at x. NaN stays NaN under every kind.
inline double apply(const Activation& activation, double x) noexcept {
  const double alpha = static_cast<double>(activation.alpha);
  const double beta = static_cast<double>(activation.beta);
  switch (activation.kind) {
    case Activation::Kind::none:
      return x;
    case Activation::Kind::relu:
      return x < 0.0 ? 0.0 : x;
    case Activation::Kind::clip:
      return clip_of(x, alpha, beta);
    case Activation::Kind::sigmoid:
      return sigmoid_of(x);
    case Activation::Kind::silu:
      return x * sigmoid_of(x);
    case Activation::Kind::hard_swish:
      return x * clip_of(x / 6.0 + 0.5, 0.0, 1.0);
    case Activation::Kind::hard_sigmoid:
      return clip_of(alpha * x + beta, 0.0, 1.0);
    case Activation::Kind::leaky_relu:
      return x < 0.0 ? alpha * x : x;
    case Activation::Kind::tanh:
      return std::tanh(x);
    case Activation::Kind::gelu_erf:
      return gelu_erf_of(x);
    case Activation::Kind::gelu_tanh:
      return gelu_tanh_of(x);
  }
  return x;
}

}  // namespace vernier
