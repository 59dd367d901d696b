#pragma once
// The two Winograd transforms, once for every ISA. Include after one simd/vec_*.h.
#include "backend/cpu/kernels/conv/winograd.h"

namespace vernier {
namespace {

// Interpolation points +-kA, +-kB and the constants of the transforms; all exact in fp32.
constexpr float kA = 0.75F;
constexpr float kB = 1.5F;
constexpr float kA2 = kA * kA;
constexpr float kB2 = kB * kB;

// out = B^T d for a column of six.
VERNIER_INLINE void winograd_input_column(const VecF32* d, VecF32* out) {
  const VecF32 a = broadcast(kA);
  const VecF32 b = broadcast(kB);
  const VecF32 a2 = broadcast(kA2);
  const VecF32 b2 = broadcast(kB2);
  const VecF32 sum = broadcast(kA2 + kB2);
  const VecF32 product = broadcast(kA2 * kB2);
  out[0] = fmadd(product, d[0], fnmadd(sum, d[2], d[4]));
  const VecF32 even_a = fnmadd(b2, d[2], d[4]);
  const VecF32 odd_a = mul(a, fnmadd(b2, d[1], d[3]));
  const VecF32 even_b = fnmadd(a2, d[2], d[4]);
  const VecF32 odd_b = mul(b, fnmadd(a2, d[1], d[3]));
  out[1] = add(even_a, odd_a);
  out[2] = sub(even_a, odd_a);
  out[3] = add(even_b, odd_b);
  out[4] = sub(even_b, odd_b);
  out[5] = fmadd(product, d[1], fnmadd(sum, d[3], d[5]));
}

// out = A^T m for a column of six.
VERNIER_INLINE void winograd_output_column(const VecF32* m, VecF32* out) {
  const VecF32 sum_a = add(m[1], m[2]);
  const VecF32 dif_a = sub(m[1], m[2]);
  const VecF32 sum_b = add(m[3], m[4]);
  const VecF32 dif_b = sub(m[3], m[4]);
  out[0] = add(m[0], add(sum_a, sum_b));
  out[1] = fmadd(broadcast(kA), dif_a, mul(broadcast(kB), dif_b));
  out[2] = fmadd(broadcast(kA2), sum_a, mul(broadcast(kB2), sum_b));
  out[3] = fmadd(broadcast(kA2 * kA), dif_a, fmadd(broadcast(kB2 * kB), dif_b, m[5]));
}

template <bool kFull>
VERNIER_INLINE void winograd_input_vector(const WinogradInputArgs& args, ptrdiff_t c,
                                          ptrdiff_t lanes) {
  VecF32 mid[kWinogradPatch][kWinogradPatch];
#pragma GCC unroll 6
  for (int x = 0; x < kWinogradPatch; ++x) {
    VecF32 d[kWinogradPatch];
#pragma GCC unroll 6
    for (int y = 0; y < kWinogradPatch; ++y) {
      const float* p = args.patch[y * kWinogradPatch + x] + c;
      d[y] = kFull ? load(p) : load_partial(p, lanes);
    }
    winograd_input_column(d, mid[x]);
  }
  float* dst = args.dst + c;
#pragma GCC unroll 6
  for (int y = 0; y < kWinogradPatch; ++y) {
    VecF32 d[kWinogradPatch];
    VecF32 out[kWinogradPatch];
#pragma GCC unroll 6
    for (int x = 0; x < kWinogradPatch; ++x) d[x] = mid[x][y];
    winograd_input_column(d, out);
#pragma GCC unroll 6
    for (int x = 0; x < kWinogradPatch; ++x)
      store(dst + (y * kWinogradPatch + x) * args.point_stride, out[x]);
  }
}

void winograd_input(const WinogradInputArgs& args) {
  ptrdiff_t c = 0;
  for (; c + VecF32::kLanes <= args.channels; c += VecF32::kLanes)
    winograd_input_vector<true>(args, c, 0);
  if (c < args.channels) winograd_input_vector<false>(args, c, args.channels - c);
}

template <bool kFull>
VERNIER_INLINE void winograd_output_vector(const WinogradOutputArgs& args, ptrdiff_t c,
                                           ptrdiff_t lanes) {
  VecF32 mid[kWinogradPatch][kWinogradTile];
  const float* src = args.src + c;
#pragma GCC unroll 6
  for (int x = 0; x < kWinogradPatch; ++x) {
    VecF32 m[kWinogradPatch];
#pragma GCC unroll 6
    for (int y = 0; y < kWinogradPatch; ++y)
      m[y] = load(src + (y * kWinogradPatch + x) * args.point_stride);
    winograd_output_column(m, mid[x]);
  }
  VecF32 bias = zero();
  if (args.bias != nullptr) bias = kFull ? load(args.bias + c) : load_partial(args.bias + c, lanes);
  const VecF32 lo = broadcast(args.lo);
  const VecF32 hi = broadcast(args.hi);
#pragma GCC unroll 4
  for (int y = 0; y < kWinogradTile; ++y) {
    VecF32 m[kWinogradPatch];
    VecF32 out[kWinogradTile];
#pragma GCC unroll 6
    for (int x = 0; x < kWinogradPatch; ++x) m[x] = mid[x][y];
    winograd_output_column(m, out);
    if (y >= args.rows) break;
#pragma GCC unroll 4
    for (int x = 0; x < kWinogradTile; ++x) {
      if (x >= args.columns) break;
      VecF32 v = add(out[x], bias);
      if (args.residual != nullptr) {
        const float* r = args.residual + y * args.residual_h + x * args.residual_w + c;
        v = add(v, kFull ? load(r) : load_partial(r, lanes));
      }
      if (args.clip) v = clamp(v, lo, hi);
      float* p = args.dst + y * args.dst_h + x * args.dst_w + c;
      if constexpr (kFull) {
        store(p, v);
      } else {
        store_partial(p, v, lanes);
      }
    }
  }
}

void winograd_output(const WinogradOutputArgs& args) {
  ptrdiff_t c = 0;
  for (; c + VecF32::kLanes <= args.channels; c += VecF32::kLanes)
    winograd_output_vector<true>(args, c, 0);
  if (c < args.channels) winograd_output_vector<false>(args, c, args.channels - c);
}

}  // namespace
}  // namespace vernier
