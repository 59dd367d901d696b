#pragma once
// copy: dst[i] = src[i] over any strides of both. The nest is collapsed first; then rows that are
// contiguous on both sides are memcpy, a row contiguous in dst against a dim contiguous in src is a
// blocked transpose, the rest is a strided loop. Elements are opaque units of 1, 2, 4, 8 or 16
// bytes.
#include <cstddef>
#include <cstdint>

#include "backend/cpu/kernels/copy/copy_kernel.h"
#include "backend/cpu/kernels/walk/loop_nest.h"

namespace vernier {

struct CopyPlan {
  enum class Kind : uint8_t { rows, transpose, strided };
  Kind kind = Kind::rows;
  int element_bytes = 0;
  const CopyKernel* kernel = nullptr;
  RowWalk<2> walk;  // rows, strided: operands dst, src
  // transpose: outer dims, then the dim contiguous in src, then the dim contiguous in dst
  LoopNest<2> nest;
  ptrdiff_t tile_rows = 0;
  ptrdiff_t tile_cols = 0;
  ptrdiff_t items = 0;
};

// element_bytes is 1, 2, 4, 8 or 16; rank <= kLoopMaxRank; dst strides are non-zero for dims
// above 1.
CopyPlan copy_plan(const CopyKernel& kernel, int element_bytes, int rank, const ptrdiff_t* dims,
                   const ptrdiff_t* dst_strides, const ptrdiff_t* src_strides);
// "copy_rows", "copy_strided" or the name of the transposing kernel.
const char* copy_name(const CopyPlan& plan);
// Copies items [begin, end) of plan.items.
void copy_run(const CopyPlan& plan, const void* src, void* dst, ptrdiff_t begin, ptrdiff_t end);

}  // namespace vernier
