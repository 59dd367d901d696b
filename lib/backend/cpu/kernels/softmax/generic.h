#pragma once
// Include after one simd/vec_*.h.
#include "backend/cpu/kernels/softmax/softmax.h"

namespace vernier {
namespace {

VERNIER_INLINE float log_of(float x) {
  float lanes[VecF32::kLanes];
  store(lanes, log(broadcast(x)));
  return lanes[0];
}

template <bool kLog>
void softmax_rows(const SoftmaxF32Args& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const ptrdiff_t n = args.n;
  const ptrdiff_t full = n / kL * kL;
  const ptrdiff_t tail = n - full;
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const float* x = args.x + r * args.x_pitch;
    float* y = args.y + r * args.y_pitch;
    VecF32 top = broadcast(-__builtin_inff());
    for (ptrdiff_t i = 0; i < full; i += kL) top = max(top, load(x + i));
    float limit = reduce_max(top);
    for (ptrdiff_t i = full; i < n; ++i) limit = x[i] > limit ? x[i] : limit;
    const VecF32 m = broadcast(limit);
    VecF32 sums[2] = {zero(), zero()};
    ptrdiff_t i = 0;
    for (; i + 2 * kL <= full; i += 2 * kL) {
      const VecF32 e0 = exp(sub(load(x + i), m));
      const VecF32 e1 = exp(sub(load(x + i + kL), m));
      sums[0] = add(sums[0], e0);
      sums[1] = add(sums[1], e1);
      if constexpr (!kLog) {
        store(y + i, e0);
        store(y + i + kL, e1);
      }
    }
    for (; i < full; i += kL) {
      const VecF32 e = exp(sub(load(x + i), m));
      sums[0] = add(sums[0], e);
      if constexpr (!kLog) store(y + i, e);
    }
    float sum = reduce_add(add(sums[0], sums[1]));
    if (tail > 0) {
      const VecF32 e = exp(sub(load_partial(x + full, tail), m));
      float lanes[kL];
      store(lanes, e);
      for (ptrdiff_t k = 0; k < tail; ++k) sum += lanes[k];
      if constexpr (!kLog) store_partial(y + full, e, tail);
    }
    if constexpr (kLog) {
      const VecF32 shift = broadcast(log_of(sum));
      for (i = 0; i < full; i += kL) store(y + i, sub(sub(load(x + i), m), shift));
      if (tail > 0) {
        store_partial(y + full, sub(sub(load_partial(x + full, tail), m), shift), tail);
      }
    } else {
      const VecF32 scale = broadcast(1.0F / sum);
      for (i = 0; i < full; i += kL) store(y + i, mul(load(y + i), scale));
      if (tail > 0) store_partial(y + full, mul(load_partial(y + full, tail), scale), tail);
    }
  }
}

template <bool kLog, bool kPartial, int NV>
VERNIER_INLINE void softmax_column_block(const SoftmaxF32Args& args, ptrdiff_t at, ptrdiff_t tail) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const auto read = [&](const float* p) {
    if constexpr (kPartial) return load_partial(p, tail);
    return load(p);
  };
  const auto write = [&](float* p, VecF32 v) {
    if constexpr (kPartial) {
      store_partial(p, v, tail);
    } else {
      store(p, v);
    }
  };
  const float* x = args.x + at;
  float* y = args.y + at;
  VecF32 m[size_t{NV}];
  VecF32 sum[size_t{NV}];
  for (int v = 0; v < NV; ++v) {
    m[v] = broadcast(-__builtin_inff());
    sum[v] = zero();
  }
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    for (int v = 0; v < NV; ++v) m[v] = max(m[v], read(x + r * args.x_pitch + v * kL));
  }
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    for (int v = 0; v < NV; ++v) {
      const VecF32 e = exp(sub(read(x + r * args.x_pitch + v * kL), m[v]));
      sum[v] = add(sum[v], e);
      if constexpr (!kLog) write(y + r * args.y_pitch + v * kL, e);
    }
  }
  for (int v = 0; v < NV; ++v) sum[v] = kLog ? log(sum[v]) : div(broadcast(1.0F), sum[v]);
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    for (int v = 0; v < NV; ++v) {
      float* out = y + r * args.y_pitch + v * kL;
      if constexpr (kLog) {
        write(out, sub(sub(read(x + r * args.x_pitch + v * kL), m[v]), sum[v]));
      } else {
        write(out, mul(read(out), sum[v]));
      }
    }
  }
}

template <bool kLog>
void softmax_cols(const SoftmaxF32Args& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  ptrdiff_t i = 0;
  for (; i + 4 * kL <= args.n; i += 4 * kL) softmax_column_block<kLog, false, 4>(args, i, 0);
  for (; i + kL <= args.n; i += kL) softmax_column_block<kLog, false, 1>(args, i, 0);
  if (i < args.n) softmax_column_block<kLog, true, 1>(args, i, args.n - i);
}

}  // namespace
}  // namespace vernier
