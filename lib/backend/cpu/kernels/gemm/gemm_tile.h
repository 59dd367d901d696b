#pragma once
// The fp32 register tile that the gemm and conv families share: plain data and function types, no
// ISA code.
//
//   dst[m, n] = clip(bias[n] + residual[m, n] + sum over t < taps, k < run of rows[t * mr + m][k] *
//   panel[t, k, n])
//
// m < mr pixels (rows of A), n < width output channels. Every element is one chain of multiply-adds
// in the order of (t, k), so its bits do not depend on the tile that computes it.
#include <cstddef>

#include "backend/cpu/kernels/simd/activation.h"

namespace vernier {

struct GemmTileArgs {
  const float* const*
      rows;  // [taps][mr], each to `run` readable floats; nothing beyond them is read
  ptrdiff_t taps;
  ptrdiff_t run;
  ptrdiff_t row_offset;  // added to every row pointer (a block of the K range)
  const float* panel;    // packed weights [taps][run][width], contiguous
  float* dst;            // mr rows of `width` floats, dst_pitch apart
  ptrdiff_t dst_pitch;
  const float* bias;  // `width` floats, or null for 0
  const float*
      residual;  // mr rows of `width` floats, or null; may be dst itself with the same pitch
  ptrdiff_t residual_pitch;
  bool accumulate;  // start from dst instead of bias and residual (a later block of the K range)
  bool clip;        // clamp to [lo, hi]; NaN stays NaN
  float lo;
  float hi;
};

using GemmTileFn = void (*)(const GemmTileArgs&);

// One row of gemm/kernels.inc. Panels are 1..max_granules granules of `granule` output channels
// wide.
struct GemmF32Kernel {
  const char* name;
  int granule;
  int max_granules;
  const int* max_rows;             // [max_granules] tallest tile of a panel width
  const GemmTileFn* const* tiles;  // [max_granules][max_rows]
  void (*activate)(const ActivationF32& act, float* rows, ptrdiff_t pitch, ptrdiff_t count,
                   ptrdiff_t width);
};

#define VERNIER_GEMM_F32(isa, kernel) extern const GemmF32Kernel kernel;
#include "backend/cpu/kernels/gemm/kernels.inc"
#undef VERNIER_GEMM_F32

}  // namespace vernier
