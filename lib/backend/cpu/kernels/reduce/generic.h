#pragma once
// Include after one simd/vec_*.h.
#include "backend/cpu/kernels/reduce/reduce_kernel.h"

namespace vernier {
namespace {

template <ReduceKind kKind>
constexpr bool kAdds =
    kKind == ReduceKind::sum || kKind == ReduceKind::sum_abs || kKind == ReduceKind::sum_square;

template <ReduceKind kKind>
VERNIER_INLINE VecF32 neutral() {
  if constexpr (kKind == ReduceKind::max) return broadcast(-__builtin_inff());
  if constexpr (kKind == ReduceKind::min) return broadcast(__builtin_inff());
  if constexpr (kKind == ReduceKind::prod) return broadcast(1.0F);
  return zero();
}

template <ReduceKind kKind>
VERNIER_INLINE VecF32 take(VecF32 acc, VecF32 x) {
  if constexpr (kKind == ReduceKind::sum) return add(acc, x);
  if constexpr (kKind == ReduceKind::sum_abs) return add(acc, abs(x));
  if constexpr (kKind == ReduceKind::sum_square) return fmadd(x, x, acc);
  if constexpr (kKind == ReduceKind::max) return max_nan(acc, x);
  if constexpr (kKind == ReduceKind::min) return min_nan(acc, x);
  if constexpr (kKind == ReduceKind::prod) return mul(acc, x);
}

// Two partial results, already transformed.
template <ReduceKind kKind>
VERNIER_INLINE VecF32 join(VecF32 a, VecF32 b) {
  if constexpr (kAdds<kKind>) return add(a, b);
  return take<kKind>(a, b);
}
template <ReduceKind kKind>
VERNIER_INLINE double join(double a, double b) {
  if constexpr (kAdds<kKind>) return a + b;
  if constexpr (kKind == ReduceKind::prod) return a * b;
  if (a != a) return a;
  if constexpr (kKind == ReduceKind::max) return b > a || b != b ? b : a;
  return b < a || b != b ? b : a;
}
template <ReduceKind kKind>
VERNIER_INLINE double join_lanes(VecF32 v, ptrdiff_t n) {
  float lanes[VecF32::kLanes];
  store(lanes, v);
  double total = static_cast<double>(lanes[0]);
  for (ptrdiff_t i = 1; i < n; ++i) total = join<kKind>(total, static_cast<double>(lanes[i]));
  return total;
}

template <ReduceKind kKind>
double reduce_row(const float* x, ptrdiff_t n) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  constexpr ptrdiff_t kBlock = 64 * kL;
  bool any = false;
  double total = 0.0;
  const auto put = [&](double part) {
    total = any ? join<kKind>(total, part) : part;
    any = true;
  };
  ptrdiff_t i = 0;
  while (i + kL <= n) {
    const ptrdiff_t end = i + kBlock < n ? i + kBlock : n;
    VecF32 acc[4];
    for (int v = 0; v < 4; ++v) acc[v] = neutral<kKind>();
    for (; i + 4 * kL <= end; i += 4 * kL) {
      for (int v = 0; v < 4; ++v) acc[v] = take<kKind>(acc[v], load(x + i + v * kL));
    }
    for (; i + kL <= end; i += kL) acc[0] = take<kKind>(acc[0], load(x + i));
    put(join_lanes<kKind>(join<kKind>(join<kKind>(acc[0], acc[1]), join<kKind>(acc[2], acc[3])),
                          kL));
  }
  if (i < n)
    put(join_lanes<kKind>(take<kKind>(neutral<kKind>(), load_partial(x + i, n - i)), n - i));
  return total;
}

template <ReduceKind kKind, bool kPartial, int NV>
VERNIER_INLINE void reduce_column_block(const float* x, ptrdiff_t rows, ptrdiff_t pitch, float* acc,
                                        bool first, ptrdiff_t tail) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  constexpr ptrdiff_t kBlock = 128;
  const auto read = [&](const float* p) {
    if constexpr (kPartial) return load_partial(p, tail);
    return load(p);
  };
  VecF32 total[size_t{NV}];
  for (int v = 0; v < NV; ++v) total[v] = first ? neutral<kKind>() : read(acc + v * kL);
  for (ptrdiff_t r = 0; r < rows;) {
    const ptrdiff_t end = r + kBlock < rows ? r + kBlock : rows;
    VecF32 part[size_t{NV}];
    for (int v = 0; v < NV; ++v) part[v] = neutral<kKind>();
    for (; r < end; ++r) {
      for (int v = 0; v < NV; ++v) part[v] = take<kKind>(part[v], read(x + r * pitch + v * kL));
    }
    for (int v = 0; v < NV; ++v) total[v] = join<kKind>(total[v], part[v]);
  }
  for (int v = 0; v < NV; ++v) {
    if constexpr (kPartial) {
      store_partial(acc + v * kL, total[v], tail);
    } else {
      store(acc + v * kL, total[v]);
    }
  }
}

template <ReduceKind kKind>
void reduce_cols(const float* x, ptrdiff_t rows, ptrdiff_t pitch, ptrdiff_t n, float* acc,
                 bool first) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  ptrdiff_t i = 0;
  for (; i + 4 * kL <= n; i += 4 * kL) {
    reduce_column_block<kKind, false, 4>(x + i, rows, pitch, acc + i, first, 0);
  }
  for (; i + kL <= n; i += kL) {
    reduce_column_block<kKind, false, 1>(x + i, rows, pitch, acc + i, first, 0);
  }
  if (i < n) reduce_column_block<kKind, true, 1>(x + i, rows, pitch, acc + i, first, n - i);
}

constexpr ReduceRowF32Fn kRow[] = {
    reduce_row<ReduceKind::sum>,        reduce_row<ReduceKind::sum_abs>,
    reduce_row<ReduceKind::sum_square>, reduce_row<ReduceKind::max>,
    reduce_row<ReduceKind::min>,        reduce_row<ReduceKind::prod>};
constexpr ReduceColsF32Fn kCols[] = {
    reduce_cols<ReduceKind::sum>,        reduce_cols<ReduceKind::sum_abs>,
    reduce_cols<ReduceKind::sum_square>, reduce_cols<ReduceKind::max>,
    reduce_cols<ReduceKind::min>,        reduce_cols<ReduceKind::prod>};
static_assert(sizeof(kRow) / sizeof(kRow[0]) == static_cast<size_t>(ReduceKind::count));

}  // namespace
}  // namespace vernier
