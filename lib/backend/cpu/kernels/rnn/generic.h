#pragma once
// Include after one simd/vec_*.h.
#include "backend/cpu/kernels/rnn/rnn.h"

namespace vernier {
namespace {

// Whole vectors or the first n lanes.
template <bool kPartial>
struct Lanes {
  ptrdiff_t n;
  VERNIER_INLINE VecF32 get(const float* p) const {
    if constexpr (kPartial) return load_partial(p, n);
    return load(p);
  }
  VERNIER_INLINE void put(float* p, VecF32 v) const {
    if constexpr (kPartial) {
      store_partial(p, v, n);
    } else {
      store(p, v);
    }
  }
};

// Calls f(row, unit, lanes) over all hidden units of all rows.
template <class F>
VERNIER_INLINE void each_unit(const RnnF32Args& args, F&& f) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    ptrdiff_t j = 0;
    for (; j + kL <= args.hidden; j += kL) f(r, j, Lanes<false>{kL});
    if (j < args.hidden) f(r, j, Lanes<true>{args.hidden - j});
  }
}

void lstm(const RnnF32Args& args) {
  const ptrdiff_t hidden = args.hidden;
  each_unit(args, [&](ptrdiff_t r, ptrdiff_t j, auto lanes) {
    const float* gates = args.gates + r * args.gates_pitch + j;
    const ptrdiff_t at = r * hidden + j;
    const VecF32 i = sigmoid(lanes.get(gates));
    const VecF32 o = sigmoid(lanes.get(gates + hidden));
    const VecF32 f = sigmoid(lanes.get(gates + 2 * hidden));
    const VecF32 g = tanh(lanes.get(gates + 3 * hidden));
    const VecF32 c = fmadd(f, lanes.get(args.c + at), mul(i, g));
    const VecF32 h = mul(o, tanh(c));
    lanes.put(args.c + at, c);
    lanes.put(args.h + at, h);
    if (args.y != nullptr) lanes.put(args.y + at, h);
  });
}

void gru_reset(const RnnF32Args& args) {
  each_unit(args, [&](ptrdiff_t r, ptrdiff_t j, auto lanes) {
    float* gates = args.gates + r * args.gates_pitch + j;
    const ptrdiff_t at = r * args.hidden + j;
    lanes.put(gates, sigmoid(lanes.get(gates)));
    lanes.put(args.reset + at,
              mul(sigmoid(lanes.get(gates + args.hidden)), lanes.get(args.h + at)));
  });
}

template <class L>
VERNIER_INLINE void gru_store(const RnnF32Args& args, L lanes, ptrdiff_t at, VecF32 z, VecF32 n) {
  const VecF32 old = lanes.get(args.h + at);
  const VecF32 h = fmadd(z, old, mul(sub(broadcast(1.0F), z), n));
  lanes.put(args.h + at, h);
  if (args.y != nullptr) lanes.put(args.y + at, h);
}

void gru_out(const RnnF32Args& args) {
  each_unit(args, [&](ptrdiff_t r, ptrdiff_t j, auto lanes) {
    const float* gates = args.gates + r * args.gates_pitch + j;
    gru_store(args, lanes, r * args.hidden + j, lanes.get(gates),
              tanh(lanes.get(gates + 2 * args.hidden)));
  });
}

void gru_linear(const RnnF32Args& args) {
  const ptrdiff_t hidden = args.hidden;
  each_unit(args, [&](ptrdiff_t r, ptrdiff_t j, auto lanes) {
    const float* x = args.gates + r * args.gates_pitch + j;
    const float* s = args.recurrent + r * 3 * hidden + j;
    const VecF32 z = sigmoid(add(lanes.get(x), lanes.get(s)));
    const VecF32 reset = sigmoid(add(lanes.get(x + hidden), lanes.get(s + hidden)));
    const VecF32 n = tanh(fmadd(reset, lanes.get(s + 2 * hidden), lanes.get(x + 2 * hidden)));
    gru_store(args, lanes, r * hidden + j, z, n);
  });
}

}  // namespace
}  // namespace vernier
