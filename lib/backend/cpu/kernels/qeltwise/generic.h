#pragma once
// Elementwise rows, once for every ISA. Include after one qsimd/vec_int_*.h.
#include "backend/cpu/kernels/qeltwise/qeltwise.h"
#include "backend/cpu/kernels/qsimd/finish.h"

namespace vernier {
namespace {

// One operand of a row: a vector of every element, or one element for all.
template <bool kSigned>
struct QOperand {
  VecI32 same;
  VecI32 zero;
  const uint8_t* p;
  bool rows;
  QOperand(const void* data, ptrdiff_t step, int32_t zero_point)
      : zero(seti(zero_point)), p(static_cast<const uint8_t*>(data)), rows(step != 0) {
    same = seti((kSigned ? static_cast<int8_t>(*p) : *p) - zero_point);
  }
  VERNIER_INLINE VecI32 at(ptrdiff_t i) const {
    return rows ? subi(load_bytes<kSigned>(p + i), zero) : same;
  }
  VERNIER_INLINE VecI32 at(ptrdiff_t i, ptrdiff_t n) const {
    return rows ? subi(load_bytes_partial<kSigned>(p + i, n), zero) : same;
  }
};

struct QBinaryConstants {
  VecF32 a_scale, b_scale, lo, hi;
  VecI32 zero;
};

template <bool kMul>
VERNIER_INLINE VecI32 q_combine(const QBinaryConstants& c, VecI32 a, VecI32 b) {
  const VecF32 t = kMul ? mul(to_float(muli(a, b)), c.a_scale)
                        : fused(to_float(a), c.a_scale, mul(to_float(b), c.b_scale));
  return addi(round_to_int(clamp(t, c.lo, c.hi)), c.zero);
}

template <bool kMul, bool kSignedA, bool kSignedB>
void q_binary_typed(const QBinaryArgs& args) {
  const QOperand<kSignedA> a(args.a, args.a_step, args.a_zero);
  const QOperand<kSignedB> b(args.b, args.b_step, args.b_zero);
  const QBinaryConstants c{broadcast(args.a_scale), broadcast(args.b_scale),
                           broadcast(static_cast<float>(args.y_lo - args.y_zero)),
                           broadcast(static_cast<float>(args.y_hi - args.y_zero)),
                           seti(args.y_zero)};
  auto* y = static_cast<uint8_t*>(args.y);
  ptrdiff_t i = 0;
  for (; i + VecF32::kLanes <= args.count; i += VecF32::kLanes) {
    store_bytes(y + i, q_combine<kMul>(c, a.at(i), b.at(i)));
  }
  if (const ptrdiff_t n = args.count - i; n > 0) {
    store_bytes_partial(y + i, q_combine<kMul>(c, a.at(i, n), b.at(i, n)), n);
  }
}

template <bool kMul>
void q_binary(const QBinaryArgs& args) {
  if (args.count <= 0) return;
  if (args.a_signed) {
    args.b_signed ? q_binary_typed<kMul, true, true>(args)
                  : q_binary_typed<kMul, true, false>(args);
  } else {
    args.b_signed ? q_binary_typed<kMul, false, true>(args)
                  : q_binary_typed<kMul, false, false>(args);
  }
}

inline void q_quantize(const QuantizeRowArgs& args) {
  const VecF32 scale = broadcast(args.scale);
  const VecF32 lo = broadcast(static_cast<float>((args.y_signed ? -128 : 0) - args.zero));
  const VecF32 hi = broadcast(static_cast<float>((args.y_signed ? 127 : 255) - args.zero));
  const VecI32 zero_point = seti(args.zero);
  auto* y = static_cast<uint8_t*>(args.y);
  const auto one = [&](VecF32 x) {
    const VecF32 t = div(x, scale);
    return addi(round_to_int(clamp(select(is_nan(t), zero(), t), lo, hi)), zero_point);
  };
  ptrdiff_t i = 0;
  for (; i + VecF32::kLanes <= args.count; i += VecF32::kLanes) {
    store_bytes(y + i, one(load(args.x + i)));
  }
  if (const ptrdiff_t n = args.count - i; n > 0) {
    store_bytes_partial(y + i, one(load_partial(args.x + i, n)), n);
  }
}

template <bool kSigned>
void q_dequantize_typed(const DequantizeRowArgs& args) {
  const VecF32 scale = broadcast(args.scale);
  const VecI32 zero_point = seti(args.zero);
  const auto* x = static_cast<const uint8_t*>(args.x);
  ptrdiff_t i = 0;
  for (; i + VecF32::kLanes <= args.count; i += VecF32::kLanes) {
    store(args.y + i, mul(to_float(subi(load_bytes<kSigned>(x + i), zero_point)), scale));
  }
  if (const ptrdiff_t n = args.count - i; n > 0) {
    const VecI32 v = subi(load_bytes_partial<kSigned>(x + i, n), zero_point);
    store_partial(args.y + i, mul(to_float(v), scale), n);
  }
}

inline void q_dequantize(const DequantizeRowArgs& args) {
  args.x_signed ? q_dequantize_typed<true>(args) : q_dequantize_typed<false>(args);
}

}  // namespace
}  // namespace vernier
