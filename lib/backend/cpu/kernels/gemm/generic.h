#pragma once
// The register tile, once for every ISA. Include after one simd/vec_*.h.
#include "backend/cpu/kernels/gemm/gemm_tile.h"
#include "backend/cpu/kernels/simd/vec_activation.h"

namespace vernier {
namespace {

// MR rows x (NV vectors + HV half vectors) of accumulators stay in registers over the whole K
// range.
template <int MR, int NV, int HV>
void gemm_tile(const GemmTileArgs& args) {
  constexpr int kL = VecF32::kLanes;
  constexpr int kWidth = NV * kL + HV * kL / 2;
  constexpr size_t kRows = MR;
  constexpr size_t kCols = NV > 0 ? NV : 1;
  VecF32 acc[kRows][kCols];
#if VERNIER_SIMD_HAS_HALF
  VecF32Half half[kRows];
#endif
#pragma GCC unroll 16
  for (int m = 0; m < MR; ++m) {
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) acc[m][j] = zero();
#if VERNIER_SIMD_HAS_HALF
    half[m] = broadcast_half(0.0F);
#endif
  }
  if (args.accumulate) {
#pragma GCC unroll 16
    for (int m = 0; m < MR; ++m) {
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) acc[m][j] = load(args.dst + m * args.dst_pitch + j * kL);
#if VERNIER_SIMD_HAS_HALF
      if constexpr (HV > 0) half[m] = load_half(args.dst + m * args.dst_pitch + NV * kL);
#endif
    }
  } else {
    if (args.bias != nullptr) {
#pragma GCC unroll 16
      for (int m = 0; m < MR; ++m) {
#pragma GCC unroll 4
        for (int j = 0; j < NV; ++j) acc[m][j] = load(args.bias + j * kL);
#if VERNIER_SIMD_HAS_HALF
        if constexpr (HV > 0) half[m] = load_half(args.bias + NV * kL);
#endif
      }
    }
    if (args.residual != nullptr) {
#pragma GCC unroll 16
      for (int m = 0; m < MR; ++m) {
        const float* res = args.residual + m * args.residual_pitch;
#pragma GCC unroll 4
        for (int j = 0; j < NV; ++j) acc[m][j] = add(acc[m][j], load(res + j * kL));
#if VERNIER_SIMD_HAS_HALF
        if constexpr (HV > 0) half[m] = add(half[m], load_half(res + NV * kL));
#endif
      }
    }
  }

  const float* b = args.panel;
  const ptrdiff_t run = args.run;
  const float* const* rows = args.rows;
  for (ptrdiff_t t = 0; t < args.taps; ++t, rows += MR) {
    const float* r[kRows];
#pragma GCC unroll 16
    for (int m = 0; m < MR; ++m) r[m] = rows[m] + args.row_offset;
    for (ptrdiff_t k = 0; k < run; ++k, b += kWidth) {
      VecF32 w[kCols];
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) w[j] = load(b + j * kL);
#if VERNIER_SIMD_HAS_HALF
      VecF32Half wh = broadcast_half(0.0F);
      if constexpr (HV > 0) wh = load_half(b + NV * kL);
#endif
#pragma GCC unroll 16
      for (int m = 0; m < MR; ++m) {
#if VERNIER_SIMD_HAS_HALF
        if constexpr (NV == 0) {
          half[m] = fmadd(broadcast_half(r[m][k]), wh, half[m]);
          continue;
        }
#endif
        const VecF32 x = broadcast(r[m][k]);
#pragma GCC unroll 4
        for (int j = 0; j < NV; ++j) acc[m][j] = fmadd(x, w[j], acc[m][j]);
#if VERNIER_SIMD_HAS_HALF
        if constexpr (HV > 0) half[m] = fmadd(low_half(x), wh, half[m]);
#endif
      }
    }
  }

  if (args.clip) {
    const VecF32 lo = broadcast(args.lo);
    const VecF32 hi = broadcast(args.hi);
#pragma GCC unroll 16
    for (int m = 0; m < MR; ++m) {
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) acc[m][j] = min(hi, max(lo, acc[m][j]));
#if VERNIER_SIMD_HAS_HALF
      if constexpr (HV > 0) half[m] = min(low_half(hi), max(low_half(lo), half[m]));
#endif
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < MR; ++m) {
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) store(args.dst + m * args.dst_pitch + j * kL, acc[m][j]);
#if VERNIER_SIMD_HAS_HALF
    if constexpr (HV > 0) store_half(args.dst + m * args.dst_pitch + NV * kL, half[m]);
#endif
  }
}

// Function tables: one row of tiles for each panel width, tiles of 1..max rows.
template <int NV, int HV, int... kRows>
struct GemmTiles {
  static constexpr int kMaxRows = sizeof...(kRows);
  static constexpr GemmTileFn kFns[] = {gemm_tile<kRows, NV, HV>...};
};

}  // namespace
}  // namespace vernier
