#pragma once
// gemm_f32: C[m, n] = act(sum over k of A[m, k] * B[k, n] + bias[n] + residual[m, n]), one matrix;
// batches are the caller's loop. B is packed first (once for constants, at run time for products of
// activations). The bits of C do not depend on how items are split over threads.
#include <cstddef>

#include "backend/cpu/kernels/gemm/gemm_tile.h"

namespace vernier {

// How the n output channels are cut into panels: as equal as possible, in whole granules, wider
// ones first. Panel p starts at column column(p) and is width(p) columns wide; the last one may
// reach beyond n (zero weights).
struct PanelLayout {
  ptrdiff_t n;
  ptrdiff_t count;
  ptrdiff_t granule;
  ptrdiff_t narrow;      // granules of a narrow panel
  ptrdiff_t wide_count;  // the first panels have one granule more

  ptrdiff_t column(ptrdiff_t p) const {
    return (p * narrow + (p < wide_count ? p : wide_count)) * granule;
  }
  ptrdiff_t width(ptrdiff_t p) const { return (narrow + (p < wide_count ? 1 : 0)) * granule; }
  ptrdiff_t columns() const { return column(count); }  // n rounded up to a granule
};

PanelLayout panel_layout(const GemmF32Kernel& kernel, ptrdiff_t n);

struct GemmF32Plan {
  const GemmF32Kernel* kernel;
  ptrdiff_t m, n, k;
  PanelLayout panels;
  ptrdiff_t panel_group;  // panels of one item
  ptrdiff_t groups;
  ptrdiff_t chunks;      // row ranges of A, as equal as possible
  ptrdiff_t items;       // groups * chunks
  size_t packed_floats;  // size of packed B
  size_t scratch_bytes;  // per thread, 64-byte aligned
};

// m, n, k >= 1. `kernel` is a row from gemm_f32_select. Packed B depends on (kernel, n, k) only.
GemmF32Plan gemm_f32_plan(const GemmF32Kernel& kernel, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

// Packs panels [panel_begin, panel_end) of B, where B[k, n] = b[k * row_stride + n * col_stride] (a
// transposed B has row_stride 1). Panels may be packed in parallel.
void gemm_f32_pack_b(const GemmF32Plan& plan, const float* b, ptrdiff_t row_stride,
                     ptrdiff_t col_stride, ptrdiff_t panel_begin, ptrdiff_t panel_end,
                     float* packed);

struct GemmF32Args {
  const float* a;  // rows of k floats, lda apart
  ptrdiff_t lda;
  const float* packed_b;
  const float* bias;      // n floats or null
  const float* residual;  // m rows of n floats, ldr apart, or null; may be c itself (ldr == ldc)
  ptrdiff_t ldr;
  float* c;  // m rows of n floats, ldc apart; nothing else is written
  ptrdiff_t ldc;
  ActivationF32 act;
};

// Computes items [item_begin, item_end) of plan.items. `scratch` has plan.scratch_bytes and belongs
// to this thread.
void gemm_f32_run(const GemmF32Plan& plan, const GemmF32Args& args, ptrdiff_t item_begin,
                  ptrdiff_t item_end, void* scratch);

}  // namespace vernier
