#pragma once
// qgemm: C[m, n] = epilogue(sum over k of (A[m, k] - a_zero) * (B[k, n] - b_zero[n]) + bias[n]),
// one matrix of 8-bit A and B; batches are the caller's loop. The epilogue and the bits of C are
// defined in qsimd/epilogue.h; they depend neither on the row of kernels.inc nor on how items are
// split over threads. B is packed first, together with its channels' numbers.
#include <cstddef>

#include "backend/cpu/kernels/gemm/gemm.h"
#include "backend/cpu/kernels/qgemm/qgemm_tile.h"

namespace vernier {

// The 8-bit types of a product.
struct QFormat {
  bool x_signed;        // activations (A) are s8, else u8
  std::int32_t x_zero;  // their zero point, in their own type
  bool w_signed;        // weights (B) are s8, else u8
  // Weights have zero points other than 0 (s8) or 128 (u8): QChannels::weight_zero is given and
  // every row of A is summed too. Without it, weight_zero is 0 or 128.
  bool w_zero_points;
};

// The largest k whose sums cannot leave int32; callers refuse a larger one.
constexpr ptrdiff_t q_max_k(const QFormat& format) { return format.w_zero_points ? 33025 : 65793; }

struct QGemmPlan {
  const QGemmKernel* kernel;
  QFormat format;
  ptrdiff_t m, n, k;
  PanelLayout panels;
  ptrdiff_t panel_group;  // panels of one item
  ptrdiff_t groups;
  ptrdiff_t chunks;  // row ranges of A, as equal as possible
  ptrdiff_t items;   // groups * chunks
  size_t packed_bytes;
  size_t scratch_bytes;  // per thread, 64-byte aligned
};

// m, n, k >= 1, k <= q_max_k(format). `kernel` is a row from qgemm_select. Packed B depends on
// (kernel, n, k) and on what packing was given.
QGemmPlan qgemm_plan(const QGemmKernel& kernel, const QFormat& format, ptrdiff_t m, ptrdiff_t n,
                     ptrdiff_t k);

// B[k, n] = b[k * row_stride + n * col_stride] (a transposed B has row_stride 1). `packed` has
// plan.packed_bytes, 64-byte aligned.
void qgemm_pack_b(const QGemmPlan& plan, const void* b, ptrdiff_t row_stride, ptrdiff_t col_stride,
                  const QChannels& channels, void* packed);

struct QGemmArgs {
  const void* a;  // rows of k bytes, lda apart
  ptrdiff_t lda;
  const void* packed_b;
  const void* residual;  // m rows of n bytes, ldr apart, or null; may be c itself (ldr == ldc)
  ptrdiff_t ldr;
  void* c;  // m rows of n bytes or floats, ldc elements apart; nothing else is written
  ptrdiff_t ldc;
  QEpilogue epilogue;
};

// Computes items [item_begin, item_end) of plan.items. `scratch` has plan.scratch_bytes and belongs
// to this thread.
void qgemm_run(const QGemmPlan& plan, const QGemmArgs& args, ptrdiff_t item_begin,
               ptrdiff_t item_end, void* scratch);

}  // namespace vernier
