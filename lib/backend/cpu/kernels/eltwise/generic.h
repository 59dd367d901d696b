#pragma once
// The fp32 vector functions, once for every ISA. Include after one simd/vec_*.h.
#include "backend/cpu/kernels/eltwise/eltwise_kernel.h"

namespace vernier {
namespace {

VERNIER_INLINE VecF32 softplus(VecF32 x) {
  const VecF32 tail = log(add(broadcast(1.0F), exp(neg(abs(x)))));
  return add(max(zero(), x), tail);
}

// alpha (e^x - 1); near 0 by its series, where the difference would cancel.
VERNIER_INLINE VecF32 scaled_expm1(VecF32 x, VecF32 alpha) {
  const VecF32 one = broadcast(1.0F);
  VecF32 series = fmadd(x, broadcast(1.0F / 120.0F), broadcast(1.0F / 24.0F));
  series = fmadd(series, x, broadcast(1.0F / 6.0F));
  series = fmadd(series, x, broadcast(0.5F));
  series = fmadd(mul(series, x), x, x);
  return mul(alpha, select(lt(abs(x), broadcast(0.125F)), series, sub(exp(x), one)));
}

template <UnaryOp kOp>
VERNIER_INLINE VecF32 unary(VecF32 x, VecF32 alpha, VecF32 beta) {
  const VecF32 one = broadcast(1.0F);
  if constexpr (kOp == UnaryOp::relu) return max(zero(), x);
  if constexpr (kOp == UnaryOp::clip) return clamp(x, alpha, beta);
  if constexpr (kOp == UnaryOp::sigmoid) return sigmoid(x);
  if constexpr (kOp == UnaryOp::tanh) return tanh(x);
  if constexpr (kOp == UnaryOp::exp) return exp(x);
  if constexpr (kOp == UnaryOp::log) return log(x);
  if constexpr (kOp == UnaryOp::sqrt) return sqrt(x);
  if constexpr (kOp == UnaryOp::neg) return neg(x);
  if constexpr (kOp == UnaryOp::abs) return abs(x);
  if constexpr (kOp == UnaryOp::erf) return erf(x);
  if constexpr (kOp == UnaryOp::floor) return floor(x);
  if constexpr (kOp == UnaryOp::ceil) return ceil(x);
  if constexpr (kOp == UnaryOp::round) return round_even(x);
  if constexpr (kOp == UnaryOp::reciprocal) return div(one, x);
  if constexpr (kOp == UnaryOp::leaky_relu) return select(lt(x, zero()), mul(x, alpha), x);
  if constexpr (kOp == UnaryOp::hard_sigmoid) return clamp(fmadd(x, alpha, beta), zero(), one);
  if constexpr (kOp == UnaryOp::hard_swish) {
    return mul(x, clamp(fmadd(x, broadcast(1.0F / 6.0F), broadcast(0.5F)), zero(), one));
  }
  if constexpr (kOp == UnaryOp::swish) return mul(x, sigmoid(mul(x, alpha)));
  if constexpr (kOp == UnaryOp::silu) return silu(x);
  if constexpr (kOp == UnaryOp::gelu_erf) return gelu_erf(x);
  if constexpr (kOp == UnaryOp::gelu_tanh) return gelu_tanh(x);
  if constexpr (kOp == UnaryOp::elu) return select(lt(x, zero()), scaled_expm1(x, alpha), x);
  if constexpr (kOp == UnaryOp::selu) {
    return mul(beta, select(le(x, zero()), scaled_expm1(x, alpha), x));
  }
  if constexpr (kOp == UnaryOp::celu) {
    return select(lt(x, zero()), scaled_expm1(div(x, alpha), alpha), x);
  }
  if constexpr (kOp == UnaryOp::softplus) return softplus(x);
  if constexpr (kOp == UnaryOp::softsign) return div(x, add(one, abs(x)));
  if constexpr (kOp == UnaryOp::mish) return mul(x, tanh(softplus(x)));
  if constexpr (kOp == UnaryOp::sign) {
    return select(gt(x, zero()), one, select(lt(x, zero()), neg(one), x));
  }
  if constexpr (kOp == UnaryOp::thresholded_relu) {
    return select(gt(x, alpha), x, select(is_nan(x), x, zero()));
  }
  if constexpr (kOp == UnaryOp::shrink) {
    const VecF32 inner = select(is_nan(x), x, zero());
    return select(lt(x, neg(alpha)), add(x, beta), select(gt(x, alpha), sub(x, beta), inner));
  }
  if constexpr (kOp == UnaryOp::square) return mul(x, x);
  if constexpr (kOp == UnaryOp::cube) return mul(mul(x, x), x);
}

template <BinaryOp kOp>
VERNIER_INLINE VecF32 binary(VecF32 a, VecF32 b) {
  if constexpr (kOp == BinaryOp::add) return add(a, b);
  if constexpr (kOp == BinaryOp::sub) return sub(a, b);
  if constexpr (kOp == BinaryOp::mul) return mul(a, b);
  if constexpr (kOp == BinaryOp::div) return div(a, b);
  if constexpr (kOp == BinaryOp::max) return max_nan(a, b);
  if constexpr (kOp == BinaryOp::min) return min_nan(a, b);
  if constexpr (kOp == BinaryOp::prelu) return select(lt(a, zero()), mul(a, b), a);
}

template <UnaryOp kOp>
bool unary_rows(const EltwiseArgs& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const VecF32 alpha = broadcast(args.alpha);
  const VecF32 beta = broadcast(args.beta);
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const float* x = static_cast<const float*>(args.x[0]) + r * args.pitch[0];
    float* y = static_cast<float*>(args.y) + r * args.y_pitch;
    ptrdiff_t i = 0;
    for (; i + 2 * kL <= args.n; i += 2 * kL) {
      const VecF32 x0 = load(x + i);
      const VecF32 x1 = load(x + i + kL);
      store(y + i, unary<kOp>(x0, alpha, beta));
      store(y + i + kL, unary<kOp>(x1, alpha, beta));
    }
    for (; i + kL <= args.n; i += kL) store(y + i, unary<kOp>(load(x + i), alpha, beta));
    if (i < args.n) {
      store_partial(y + i, unary<kOp>(load_partial(x + i, args.n - i), alpha, beta), args.n - i);
    }
  }
  return true;
}

// How an operand moves along a row.
template <bool kMoves>
struct Operand {
  const float* p;
  VecF32 fixed;
  VERNIER_INLINE explicit Operand(const float* row) : p(row), fixed(broadcast(*row)) {}
  VERNIER_INLINE VecF32 at(ptrdiff_t i) const {
    if constexpr (kMoves) return load(p + i);
    return fixed;
  }
  VERNIER_INLINE VecF32 tail(ptrdiff_t i, ptrdiff_t n) const {
    if constexpr (kMoves) return load_partial(p + i, n);
    return fixed;
  }
};

template <BinaryOp kOp, bool kA, bool kB>
VERNIER_INLINE void binary_rows_of(const EltwiseArgs& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const Operand<kA> a(static_cast<const float*>(args.x[0]) + r * args.pitch[0]);
    const Operand<kB> b(static_cast<const float*>(args.x[1]) + r * args.pitch[1]);
    float* y = static_cast<float*>(args.y) + r * args.y_pitch;
    ptrdiff_t i = 0;
    for (; i + 2 * kL <= args.n; i += 2 * kL) {
      const VecF32 y0 = binary<kOp>(a.at(i), b.at(i));
      const VecF32 y1 = binary<kOp>(a.at(i + kL), b.at(i + kL));
      store(y + i, y0);
      store(y + i + kL, y1);
    }
    for (; i + kL <= args.n; i += kL) store(y + i, binary<kOp>(a.at(i), b.at(i)));
    if (i < args.n) {
      const ptrdiff_t n = args.n - i;
      store_partial(y + i, binary<kOp>(a.tail(i, n), b.tail(i, n)), n);
    }
  }
}

template <BinaryOp kOp>
bool binary_rows(const EltwiseArgs& args) {
  if (args.step[1] == 0) {
    binary_rows_of<kOp, true, false>(args);
  } else if (args.step[0] == 0) {
    binary_rows_of<kOp, false, true>(args);
  } else {
    binary_rows_of<kOp, true, true>(args);
  }
  return true;
}

template <bool kB, bool kC>
VERNIER_INLINE void scale_shift_rows_of(const EltwiseArgs& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const Operand<true> a(static_cast<const float*>(args.x[0]) + r * args.pitch[0]);
    const Operand<kB> b(static_cast<const float*>(args.x[1]) + r * args.pitch[1]);
    const Operand<kC> c(static_cast<const float*>(args.x[2]) + r * args.pitch[2]);
    float* y = static_cast<float*>(args.y) + r * args.y_pitch;
    ptrdiff_t i = 0;
    for (; i + kL <= args.n; i += kL) store(y + i, fmadd(a.at(i), b.at(i), c.at(i)));
    if (i < args.n) {
      const ptrdiff_t n = args.n - i;
      store_partial(y + i, fmadd(a.tail(i, n), b.tail(i, n), c.tail(i, n)), n);
    }
  }
}

bool scale_shift_rows(const EltwiseArgs& args) {
  if (args.step[1] == 0 && args.step[2] == 0) {
    scale_shift_rows_of<false, false>(args);
  } else if (args.step[1] == 0) {
    scale_shift_rows_of<false, true>(args);
  } else if (args.step[2] == 0) {
    scale_shift_rows_of<true, false>(args);
  } else {
    scale_shift_rows_of<true, true>(args);
  }
  return true;
}

#define VERNIER_UNARY(name) unary_rows<UnaryOp::name>
constexpr EltwiseFn kUnary[] = {VERNIER_UNARY(relu),
                                VERNIER_UNARY(clip),
                                VERNIER_UNARY(sigmoid),
                                VERNIER_UNARY(tanh),
                                VERNIER_UNARY(exp),
                                VERNIER_UNARY(log),
                                VERNIER_UNARY(sqrt),
                                VERNIER_UNARY(neg),
                                VERNIER_UNARY(abs),
                                VERNIER_UNARY(erf),
                                VERNIER_UNARY(floor),
                                VERNIER_UNARY(ceil),
                                VERNIER_UNARY(round),
                                VERNIER_UNARY(reciprocal),
                                VERNIER_UNARY(leaky_relu),
                                VERNIER_UNARY(hard_sigmoid),
                                VERNIER_UNARY(hard_swish),
                                VERNIER_UNARY(swish),
                                VERNIER_UNARY(silu),
                                VERNIER_UNARY(gelu_erf),
                                VERNIER_UNARY(gelu_tanh),
                                VERNIER_UNARY(elu),
                                VERNIER_UNARY(selu),
                                VERNIER_UNARY(celu),
                                VERNIER_UNARY(softplus),
                                VERNIER_UNARY(softsign),
                                VERNIER_UNARY(mish),
                                VERNIER_UNARY(sign),
                                VERNIER_UNARY(thresholded_relu),
                                VERNIER_UNARY(shrink),
                                VERNIER_UNARY(square),
                                VERNIER_UNARY(cube)};
#undef VERNIER_UNARY
static_assert(sizeof(kUnary) / sizeof(kUnary[0]) == static_cast<size_t>(UnaryOp::count_f32));

constexpr EltwiseFn kBinary[] = {binary_rows<BinaryOp::add>,  binary_rows<BinaryOp::sub>,
                                 binary_rows<BinaryOp::mul>,  binary_rows<BinaryOp::div>,
                                 binary_rows<BinaryOp::max>,  binary_rows<BinaryOp::min>,
                                 binary_rows<BinaryOp::prelu>};
static_assert(sizeof(kBinary) / sizeof(kBinary[0]) == static_cast<size_t>(BinaryOp::count_f32));

}  // namespace
}  // namespace vernier
