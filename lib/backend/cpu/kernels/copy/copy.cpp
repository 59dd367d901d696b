#include "backend/cpu/kernels/copy/copy.h"

#include <cstring>

namespace vernier {
namespace {

constexpr ptrdiff_t kItemBytes = 65536;
constexpr ptrdiff_t kTile = 64;

struct Bytes16 {
  uint64_t low, high;
};

template <class T>
void transpose(const T* src, ptrdiff_t src_pitch, T* dst, ptrdiff_t dst_pitch, ptrdiff_t rows,
               ptrdiff_t cols) {
  for (ptrdiff_t j0 = 0; j0 < cols; j0 += 8) {
    const ptrdiff_t j1 = j0 + 8 < cols ? j0 + 8 : cols;
    for (ptrdiff_t i = 0; i < rows; ++i) {
      for (ptrdiff_t j = j0; j < j1; ++j) dst[i * dst_pitch + j] = src[j * src_pitch + i];
    }
  }
}

template <class T>
void strided(const CopyPlan& plan, const T* src, T* dst, ptrdiff_t begin, ptrdiff_t end) {
  const LoopNest<2>& nest = plan.walk.nest;
  const int inner = nest.rank - 1;
  const ptrdiff_t ds = nest.strides[0][inner];
  const ptrdiff_t ss = nest.strides[1][inner];
  const ptrdiff_t dp = nest.strides[0][inner - 1];
  const ptrdiff_t sp = nest.strides[1][inner - 1];
  row_walk_run(plan.walk, begin, end,
               [&](const ptrdiff_t(&offsets)[2], ptrdiff_t rows, ptrdiff_t n) {
                 for (ptrdiff_t r = 0; r < rows; ++r) {
                   T* d = dst + offsets[0] + r * dp;
                   const T* s = src + offsets[1] + r * sp;
                   if (ds == 1 && ss == 0) {
                     const T value = *s;
                     for (ptrdiff_t i = 0; i < n; ++i) d[i] = value;
                   } else {
                     for (ptrdiff_t i = 0; i < n; ++i) d[i * ds] = s[i * ss];
                   }
                 }
               });
}

template <class T>
void transpose_items(const CopyPlan& plan, const T* src, T* dst, ptrdiff_t begin, ptrdiff_t end) {
  const LoopNest<2>& nest = plan.nest;
  const int cols_dim = nest.rank - 1;
  const int rows_dim = nest.rank - 2;
  const ptrdiff_t rows = nest.dims[rows_dim];
  const ptrdiff_t cols = nest.dims[cols_dim];
  const ptrdiff_t row_tiles = (rows + plan.tile_rows - 1) / plan.tile_rows;
  const ptrdiff_t col_tiles = (cols + plan.tile_cols - 1) / plan.tile_cols;
  for (ptrdiff_t item = begin; item < end; ++item) {
    ptrdiff_t rest = item;
    const ptrdiff_t j = rest % col_tiles * plan.tile_cols;
    rest /= col_tiles;
    const ptrdiff_t i = rest % row_tiles * plan.tile_rows;
    rest /= row_tiles;
    ptrdiff_t dst_at = i * nest.strides[0][rows_dim] + j;
    ptrdiff_t src_at = i + j * nest.strides[1][cols_dim];
    for (int d = rows_dim - 1; d >= 0; --d) {
      dst_at += rest % nest.dims[d] * nest.strides[0][d];
      src_at += rest % nest.dims[d] * nest.strides[1][d];
      rest /= nest.dims[d];
    }
    const ptrdiff_t nr = rows - i < plan.tile_rows ? rows - i : plan.tile_rows;
    const ptrdiff_t nc = cols - j < plan.tile_cols ? cols - j : plan.tile_cols;
    // A few long rows or columns (the channels of a picture) leave vector tiles nearly empty.
    if (sizeof(T) == 4 && nr > 4 && nc > 4) {
      plan.kernel->transpose_b32(
          reinterpret_cast<const uint32_t*>(src + src_at), nest.strides[1][cols_dim],
          reinterpret_cast<uint32_t*>(dst + dst_at), nest.strides[0][rows_dim], nr, nc);
    } else {
      transpose(src + src_at, nest.strides[1][cols_dim], dst + dst_at, nest.strides[0][rows_dim],
                nr, nc);
    }
  }
}

template <class T>
void run_typed(const CopyPlan& plan, const void* src, void* dst, ptrdiff_t begin, ptrdiff_t end) {
  const T* s = static_cast<const T*>(src);
  T* d = static_cast<T*>(dst);
  if (plan.kind == CopyPlan::Kind::transpose) return transpose_items(plan, s, d, begin, end);
  if (plan.kind == CopyPlan::Kind::strided) return strided(plan, s, d, begin, end);
  const LoopNest<2>& nest = plan.walk.nest;
  const ptrdiff_t dp = nest.strides[0][nest.rank - 2];
  const ptrdiff_t sp = nest.strides[1][nest.rank - 2];
  row_walk_run(plan.walk, begin, end,
               [&](const ptrdiff_t(&offsets)[2], ptrdiff_t rows, ptrdiff_t n) {
                 for (ptrdiff_t r = 0; r < rows; ++r) {
                   std::memcpy(d + offsets[0] + r * dp, s + offsets[1] + r * sp,
                               static_cast<size_t>(n) * sizeof(T));
                 }
               });
}

}  // namespace

CopyPlan copy_plan(const CopyKernel& kernel, int element_bytes, int rank, const ptrdiff_t* dims,
                   const ptrdiff_t* dst_strides, const ptrdiff_t* src_strides) {
  CopyPlan plan;
  plan.kernel = &kernel;
  plan.element_bytes = element_bytes;
  LoopNest<2> nest;
  nest.rank = rank;
  for (int i = 0; i < rank; ++i) {
    nest.dims[i] = dims[i];
    nest.strides[0][i] = dst_strides[i];
    nest.strides[1][i] = src_strides[i];
  }
  loop_nest_normalize(nest);
  const int last = nest.rank - 1;
  const bool dst_runs = nest.strides[0][last] == 1;
  if (dst_runs && nest.strides[1][last] == 1) {
    plan.kind = CopyPlan::Kind::rows;
  } else {
    plan.kind = CopyPlan::Kind::strided;
    int across = -1;
    for (int i = 0; i < last; ++i) {
      if (nest.strides[1][i] == 1) across = i;
    }
    if (dst_runs && across >= 0 && nest.strides[1][last] != 0 && nest.dims[across] > 1) {
      for (int i = across; i + 1 < last; ++i) loop_nest_swap(nest, i, i + 1);
      plan.kind = CopyPlan::Kind::transpose;
      plan.nest = nest;
      const ptrdiff_t rows = nest.dims[last - 1];
      const ptrdiff_t cols = nest.dims[last];
      plan.tile_rows = cols < kTile ? kTile * kTile / cols : kTile;
      plan.tile_cols = rows < kTile ? kTile * kTile / rows : kTile;
      const ptrdiff_t row_tiles = (rows + plan.tile_rows - 1) / plan.tile_rows;
      const ptrdiff_t col_tiles = (cols + plan.tile_cols - 1) / plan.tile_cols;
      plan.items = nest.count() / (rows * cols) * row_tiles * col_tiles;
      return plan;
    }
  }
  plan.walk = row_walk(nest, kItemBytes / element_bytes);
  plan.items = plan.walk.items;
  return plan;
}

const char* copy_name(const CopyPlan& plan) {
  if (plan.kind == CopyPlan::Kind::rows) return "copy_rows";
  if (plan.kind == CopyPlan::Kind::strided) return "copy_strided";
  return plan.element_bytes == 4 ? plan.kernel->name : "copy_transpose";
}

void copy_run(const CopyPlan& plan, const void* src, void* dst, ptrdiff_t begin, ptrdiff_t end) {
  switch (plan.element_bytes) {
    case 1:
      return run_typed<uint8_t>(plan, src, dst, begin, end);
    case 2:
      return run_typed<uint16_t>(plan, src, dst, begin, end);
    case 4:
      return run_typed<uint32_t>(plan, src, dst, begin, end);
    case 8:
      return run_typed<uint64_t>(plan, src, dst, begin, end);
    default:
      return run_typed<Bytes16>(plan, src, dst, begin, end);
  }
}

}  // namespace vernier
