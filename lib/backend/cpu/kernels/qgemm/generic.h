#pragma once
// The register tile, once for every ISA. Include after one qsimd/vec_int_*.h.
#include "backend/cpu/kernels/qgemm/qgemm_tile.h"
#include "backend/cpu/kernels/qsimd/finish.h"

namespace vernier {
namespace {

// One vector of sums to its output. `n` columns exist; all of the vector's where kFull.
template <bool kFull>
VERNIER_INLINE void finish_vector(const QTileArgs& a, const Finish& f, int m, ptrdiff_t column,
                                  VecI32 sum, ptrdiff_t n) {
  const QEpilogue& e = *a.epilogue;
  if (a.row_sums != nullptr) {
    sum = subi(sum, muli(loadi(a.weight_zero + column), seti(a.row_sums[m])));
  }
  VecF32 t = finish_scale(sum, load(a.scale + column), load(a.offset + column));
  if (e.mid) t = finish_mid(f, t);
  if (a.residual != nullptr) {
    const uint8_t* r = a.residual + m * a.residual_pitch + column;
    const VecI32 x = e.residual_signed
                         ? (kFull ? load_bytes<true>(r) : load_bytes_partial<true>(r, n))
                         : (kFull ? load_bytes<false>(r) : load_bytes_partial<false>(r, n));
    t = finish_residual(f, x, t);
  }
  if (e.out == QOut::f32) {
    float* y = static_cast<float*>(a.dst) + m * a.dst_pitch + column;
    const VecF32 v = finish_clamp(f, t);
    if constexpr (kFull) {
      store(y, v);
    } else {
      store_partial(y, v, n);
    }
    return;
  }
  uint8_t* y = static_cast<uint8_t*>(a.dst) + m * a.dst_pitch + column;
  const VecI32 v = finish_round(f, t);
  if constexpr (kFull) {
    store_bytes(y, v);
  } else {
    store_bytes_partial(y, v, n);
  }
}

// Every vector of a tile from memory: what a tile has no fast path for.
[[maybe_unused]] __attribute__((noinline)) inline void finish_staged(const QTileArgs& a,
                                                                     const int32_t* sums, int rows,
                                                                     ptrdiff_t width) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const Finish f = finish_constants(*a.epilogue);
  for (int m = 0; m < rows; ++m) {
    ptrdiff_t j = 0;
    for (; j + kL <= a.columns; j += kL) {
      finish_vector<true>(a, f, m, j, loadi(sums + m * width + j), kL);
    }
    if (j < a.columns) {
      finish_vector<false>(a, f, m, j, loadi(sums + m * width + j), a.columns - j);
    }
  }
}

// MR rows x NV vectors of sums stay in registers over the whole K range. All but rare epilogues are
// finished from registers too.
template <int MR, int NV, bool kFlip>
void q_tile(const QTileArgs& a) {
  constexpr int kL = VecF32::kLanes;
  constexpr ptrdiff_t kWidth = NV * kL;
  VecI32 acc[static_cast<size_t>(MR)][static_cast<size_t>(NV)];
#pragma GCC unroll 16
  for (int m = 0; m < MR; ++m) {
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) acc[m][j] = loadi(a.start + j * kL);
  }
  const int8_t* b = a.panel;
  // Where rows are readable to a whole quad, what lies behind them meets weights of zero.
  const ptrdiff_t quads = (a.whole_quads ? a.run + kQuad - 1 : a.run) / kQuad;
  const ptrdiff_t tail = a.whole_quads ? 0 : a.run % kQuad;
  const uint8_t* const* rows = a.rows;
  for (ptrdiff_t t = 0; t < a.taps; ++t, rows += MR) {
    const uint8_t* r[static_cast<size_t>(MR)];
#pragma GCC unroll 16
    for (int m = 0; m < MR; ++m) r[m] = rows[m];
    for (ptrdiff_t k = 0; k < quads; ++k, b += kWidth * kQuad) {
      WeightQuad w[static_cast<size_t>(NV)];
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) w[j] = weight_quad(b + j * kL * kQuad);
#pragma GCC unroll 16
      for (int m = 0; m < MR; ++m) {
        const ActQuad x = act_quad<kFlip>(r[m] + k * kQuad);
#pragma GCC unroll 4
        for (int j = 0; j < NV; ++j) acc[m][j] = dot(acc[m][j], x, w[j]);
      }
    }
    if (tail != 0) {
      WeightQuad w[static_cast<size_t>(NV)];
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) w[j] = weight_quad(b + j * kL * kQuad);
#pragma GCC unroll 16
      for (int m = 0; m < MR; ++m) {
        const ActQuad x = act_quad_tail<kFlip>(r[m] + quads * kQuad, tail);
#pragma GCC unroll 4
        for (int j = 0; j < NV; ++j) acc[m][j] = dot(acc[m][j], x, w[j]);
      }
      b += kWidth * kQuad;
    }
  }

  const QEpilogue& e = *a.epilogue;
  if (a.row_sums != nullptr || e.out == QOut::f32 ||
      (a.residual != nullptr && a.columns < kWidth)) {
    int32_t stage[static_cast<size_t>(MR * NV * kL)];
#pragma GCC unroll 16
    for (int m = 0; m < MR; ++m) {
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) storei(stage + m * kWidth + j * kL, acc[m][j]);
    }
    finish_staged(a, stage, MR, kWidth);
    return;
  }
  // Rows whose bytes fill one store together.
  constexpr int kGroup = NV == 3 ? 1 : 4 / NV;
  const Finish f = finish_constants(e);
  const PackConstants pack = finish_pack(e);
  uint8_t* dst = static_cast<uint8_t*>(a.dst);
#pragma GCC unroll 16
  for (int m = 0; m < MR; m += kGroup) {
    VecF32 t[4] = {};
#pragma GCC unroll 4
    for (int i = 0; i < kGroup * NV; ++i) {
      const int r = m + i / NV;
      if (r >= MR) break;
      const int j = i % NV;
      t[i] = finish_scale(acc[r][j], load(a.scale + j * kL), load(a.offset + j * kL));
    }
    if (e.mid) {
#pragma GCC unroll 4
      for (int i = 0; i < kGroup * NV; ++i) t[i] = finish_mid(f, t[i]);
    }
    if (a.residual != nullptr) {
#pragma GCC unroll 4
      for (int i = 0; i < kGroup * NV; ++i) {
        if (m + i / NV >= MR) break;
        const uint8_t* r = a.residual + (m + i / NV) * a.residual_pitch + i % NV * kL;
        t[i] = finish_residual(f, e.residual_signed ? load_bytes<true>(r) : load_bytes<false>(r),
                               t[i]);
      }
    }
    store_packed<NV>(pack4(pack, t), dst + m * a.dst_pitch, a.dst_pitch,
                     MR - m < kGroup ? MR - m : kGroup, a.columns);
  }
}

// Function tables: tiles of 1..max rows of one panel width.
template <int NV, bool kFlip, int... kRows>
struct QTiles {
  static constexpr QTileFn kFns[] = {q_tile<kRows, NV, kFlip>...};
};

}  // namespace
}  // namespace vernier
