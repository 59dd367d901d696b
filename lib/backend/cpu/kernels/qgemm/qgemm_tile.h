#pragma once
// The 8-bit register tile that the qgemm and qconv families share: plain data and function types,
// no ISA code.
//
//   sum[m, n] = start[n] + sum over t < taps, k < run of u8(rows[t * mr + m][k]) * panel[t, k, n]
//               - weight_zero[n] * row_sums[m]
//
// in int32 modulo 2^32, then qsimd/epilogue.h. u8() of an s8 activation is the byte with its top
// bit flipped (value + 128). Products are never saturated (but see qgemm_saturating).
#include <cstddef>
#include <cstdint>

#include "backend/cpu/kernels/qsimd/epilogue.h"

namespace vernier {

// Consecutive k of one column lie together: a panel is [taps][ceil(run / 4)][width][4], zeros where
// run ends.
constexpr ptrdiff_t kQuad = 4;

struct QTileArgs {
  const std::uint8_t* const* rows;  // [taps][mr], each to `run` readable bytes, no more
  ptrdiff_t taps;
  ptrdiff_t run;
  bool whole_quads;  // rows are readable to a multiple of kQuad bytes
  const std::int8_t* panel;
  // Of the panel's columns, readable to its whole width:
  const std::int32_t* start;
  const float* scale;
  const float* offset;
  const std::int32_t* weight_zero;
  const std::int32_t* row_sums;  // [mr], or null: weight_zero is not used
  const QEpilogue* epilogue;
  void* dst;                     // mr rows of `columns` bytes or floats
  ptrdiff_t dst_pitch;           // elements
  const std::uint8_t* residual;  // mr rows of `columns` bytes, or null; may be dst itself
  ptrdiff_t residual_pitch;
  ptrdiff_t columns;  // of the panel that exist, 1..width; no others are read or written
};

using QTileFn = void (*)(const QTileArgs&);

// One row of qgemm/kernels.inc. Panels are 1..max_granules granules of `granule` columns wide. All
// rows are exact: no product or sum saturates, and all rows give the same bits.
struct QGemmKernel {
  const char* name;
  int granule;
  int max_granules;
  const int* max_rows;                   // [max_granules] tallest tile of a panel width
  const QTileFn* const* unsigned_tiles;  // [max_granules][max_rows], u8 activations
  const QTileFn* const* signed_tiles;    // s8 activations
  // Three planes of `count` bytes to pixels of three.
  void (*interleave3)(const std::uint8_t* const* planes, ptrdiff_t count, std::uint8_t* dst);
};

#define VERNIER_QGEMM(isa, extra, kernel) extern const QGemmKernel kernel;
#include "backend/cpu/kernels/qgemm/kernels.inc"
#undef VERNIER_QGEMM

}  // namespace vernier
