#pragma once
// Include after one simd/vec_*.h.
#include "backend/cpu/kernels/norm/norm.h"

namespace vernier {
namespace {

// Sum of x - shift, or of its square; blocks in float, the total in double.
template <bool kSquare>
VERNIER_INLINE double row_sum(const float* x, ptrdiff_t n, float shift) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  constexpr ptrdiff_t kBlock = 128 * kL;
  const VecF32 s = broadcast(shift);
  const auto take = [&](VecF32 acc, VecF32 v) {
    const VecF32 d = sub(v, s);
    return kSquare ? fmadd(d, d, acc) : add(acc, d);
  };
  double total = 0.0;
  ptrdiff_t i = 0;
  while (i + kL <= n) {
    const ptrdiff_t end = i + kBlock < n ? i + kBlock : n;
    VecF32 acc[4] = {zero(), zero(), zero(), zero()};
    for (; i + 4 * kL <= end; i += 4 * kL) {
      for (int v = 0; v < 4; ++v) acc[v] = take(acc[v], load(x + i + v * kL));
    }
    for (; i + kL <= end; i += kL) acc[0] = take(acc[0], load(x + i));
    total += static_cast<double>(reduce_add(add(add(acc[0], acc[1]), add(acc[2], acc[3]))));
  }
  for (; i < n; ++i) {
    const float d = x[i] - shift;
    total += static_cast<double>(kSquare ? d * d : d);
  }
  return total;
}

// y = (x - mean) * inv * scale + bias
template <bool kPartial>
VERNIER_INLINE void normalize(const NormF32Args& args, const float* x, float* y, ptrdiff_t i,
                              VecF32 mean, VecF32 inv, ptrdiff_t tail) {
  const auto read = [&](const float* p) {
    if constexpr (kPartial) return load_partial(p, tail);
    return load(p);
  };
  VecF32 v = mul(sub(read(x + i), mean), inv);
  if (args.affine_step == 1) {
    if (args.scale != nullptr) v = mul(v, read(args.scale + i));
    if (args.bias != nullptr) v = add(v, read(args.bias + i));
  } else {
    if (args.scale != nullptr) v = mul(v, broadcast(*args.scale));
    if (args.bias != nullptr) v = add(v, broadcast(*args.bias));
  }
  if constexpr (kPartial) {
    store_partial(y + i, v, tail);
  } else {
    store(y + i, v);
  }
}

template <bool kRms>
void norm_rows(const NormF32Args& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const double n = static_cast<double>(args.n);
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    const float* x = args.x + r * args.x_pitch;
    float* y = args.y + r * args.y_pitch;
    float mean = 0.0F;
    if constexpr (!kRms) mean = static_cast<float>(row_sum<false>(x, args.n, 0.0F) / n);
    const double var = row_sum<true>(x, args.n, mean) / n;
    const float inv =
        static_cast<float>(1.0 / __builtin_sqrt(var + static_cast<double>(args.epsilon)));
    const VecF32 vmean = broadcast(mean);
    const VecF32 vinv = broadcast(inv);
    ptrdiff_t i = 0;
    for (; i + kL <= args.n; i += kL) normalize<false>(args, x, y, i, vmean, vinv, 0);
    if (i < args.n) normalize<true>(args, x, y, i, vmean, vinv, args.n - i);
    if (args.mean != nullptr) args.mean[r] = mean;
    if (args.inv_std != nullptr) args.inv_std[r] = inv;
  }
}

}  // namespace
}  // namespace vernier
