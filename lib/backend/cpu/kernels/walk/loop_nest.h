#pragma once
// Loop nests over several strided operands: drops dims of size 1, orders dims by the first
// operand's strides (outermost first) and merges neighbours that every operand walks alike. Plain
// code, never included by an ISA source file.
#include <cstddef>

namespace vernier {

// Tile and depth-to-space split every dim of a tensor in two.
inline constexpr int kLoopMaxRank = 24;

// dims[rank - 1] is the innermost one; strides count elements. rank >= 1; an empty walk has one dim
// of size 0.
template <size_t N>
struct LoopNest {
  int rank = 0;
  ptrdiff_t dims[kLoopMaxRank] = {};
  ptrdiff_t strides[N][kLoopMaxRank] = {};

  [[nodiscard]] ptrdiff_t count() const {
    ptrdiff_t product = 1;
    for (int i = 0; i < rank; ++i) product *= dims[i];
    return product;
  }
};

template <size_t N>
void loop_nest_drop(LoopNest<N>& nest, int at) {
  for (int i = at; i + 1 < nest.rank; ++i) {
    nest.dims[i] = nest.dims[i + 1];
    for (size_t k = 0; k < N; ++k) nest.strides[k][i] = nest.strides[k][i + 1];
  }
  --nest.rank;
}

template <size_t N>
void loop_nest_swap(LoopNest<N>& nest, int i, int j) {
  const ptrdiff_t dim = nest.dims[i];
  nest.dims[i] = nest.dims[j];
  nest.dims[j] = dim;
  for (size_t k = 0; k < N; ++k) {
    const ptrdiff_t stride = nest.strides[k][i];
    nest.strides[k][i] = nest.strides[k][j];
    nest.strides[k][j] = stride;
  }
}

// Removes dims of size 1 and merges neighbours, keeping the order.
template <size_t N>
void loop_nest_merge(LoopNest<N>& nest) {
  for (int i = 0; i < nest.rank; ++i) {
    if (nest.dims[i] == 0) {
      nest = {};
      nest.rank = 1;
      return;
    }
  }
  for (int i = nest.rank - 1; i >= 0; --i) {
    if (nest.dims[i] == 1) loop_nest_drop(nest, i);
  }
  for (int i = nest.rank - 2; i >= 0; --i) {
    bool joins = true;
    for (size_t k = 0; k < N && joins; ++k) {
      joins = nest.strides[k][i] == nest.strides[k][i + 1] * nest.dims[i + 1];
    }
    if (!joins) continue;
    nest.dims[i] *= nest.dims[i + 1];
    for (size_t k = 0; k < N; ++k) nest.strides[k][i] = nest.strides[k][i + 1];
    loop_nest_drop(nest, i + 1);
  }
  if (nest.rank == 0) {
    nest.rank = 1;
    nest.dims[0] = 1;
    for (size_t k = 0; k < N; ++k) nest.strides[k][0] = 1;
  }
}

// As loop_nest_merge, after ordering the dims by the magnitude of operand 0's strides (stable).
template <size_t N>
void loop_nest_normalize(LoopNest<N>& nest) {
  for (int i = nest.rank - 1; i >= 0; --i) {
    if (nest.dims[i] == 1) loop_nest_drop(nest, i);
  }
  const auto magnitude = [&](int i) {
    const ptrdiff_t s = nest.strides[0][i];
    return s < 0 ? -s : s;
  };
  for (int i = 1; i < nest.rank; ++i) {
    for (int j = i; j > 0 && magnitude(j - 1) < magnitude(j); --j) loop_nest_swap(nest, j - 1, j);
  }
  loop_nest_merge(nest);
}

// A nest cut into work items of about `target` elements: ranges of rows (all dims but the last,
// flattened), or chunks of one long row. The cut depends on sizes only.
template <size_t N>
struct RowWalk {
  LoopNest<N> nest;  // rank >= 2
  ptrdiff_t rows = 0;
  ptrdiff_t chunk = 0;  // elements of a row piece
  ptrdiff_t chunks = 0;
  ptrdiff_t rows_per_item = 0;
  ptrdiff_t items = 0;
};

template <size_t N>
RowWalk<N> row_walk(LoopNest<N> nest, ptrdiff_t target) {
  if (nest.rank == 1) {
    nest.rank = 2;
    nest.dims[1] = nest.dims[0];
    nest.dims[0] = 1;
    for (size_t k = 0; k < N; ++k) {
      nest.strides[k][1] = nest.strides[k][0];
      nest.strides[k][0] = 0;
    }
  }
  RowWalk<N> walk;
  walk.nest = nest;
  const ptrdiff_t n = nest.dims[nest.rank - 1];
  if (n == 0) return walk;
  walk.rows = nest.count() / n;
  walk.chunk = n <= target ? n : target;
  walk.chunks = (n + walk.chunk - 1) / walk.chunk;
  walk.rows_per_item = walk.chunks > 1 ? 1 : (target + n - 1) / n;
  walk.items = walk.chunks * ((walk.rows + walk.rows_per_item - 1) / walk.rows_per_item);
  return walk;
}

// Calls f(const ptrdiff_t (&offsets)[N], rows, n) for the blocks of items [begin, end): `rows` rows
// along the last but one dim, n elements along the last; offsets in elements.
template <size_t N, class F>
void row_walk_run(const RowWalk<N>& walk, ptrdiff_t begin, ptrdiff_t end, F&& f) {
  const LoopNest<N>& nest = walk.nest;
  const int inner = nest.rank - 1;
  const int row_dim = nest.rank - 2;
  for (ptrdiff_t item = begin; item < end; ++item) {
    const ptrdiff_t piece = item % walk.chunks;
    ptrdiff_t row = item / walk.chunks * walk.rows_per_item;
    const ptrdiff_t row_end =
        row + walk.rows_per_item < walk.rows ? row + walk.rows_per_item : walk.rows;
    const ptrdiff_t at = piece * walk.chunk;
    const ptrdiff_t left = nest.dims[inner] - at;
    const ptrdiff_t n = left < walk.chunk ? left : walk.chunk;
    while (row < row_end) {
      ptrdiff_t offsets[N];
      for (size_t k = 0; k < N; ++k) offsets[k] = at * nest.strides[k][inner];
      ptrdiff_t rest = row;
      ptrdiff_t run = 1;
      for (int d = row_dim; d >= 0; --d) {
        const ptrdiff_t index = rest % nest.dims[d];
        rest /= nest.dims[d];
        if (d == row_dim) run = nest.dims[d] - index;
        for (size_t k = 0; k < N; ++k) offsets[k] += index * nest.strides[k][d];
      }
      if (run > row_end - row) run = row_end - row;
      f(offsets, run, n);
      row += run;
    }
  }
}

}  // namespace vernier
