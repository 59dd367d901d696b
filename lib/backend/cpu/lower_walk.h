#pragma once

#include <algorithm>
#include <array>

#include "backend/backend.h"
#include "backend/cpu/kernels/walk/loop_nest.h"
#include "tensor/strided.h"

namespace vernier {

/// Elements of a work item of cheap loops: large enough to hide the hand-over between threads.
inline constexpr std::int64_t kItemElements = 16384;

/// A loop nest over `shape`; strides[k] walks operand k.
template <std::size_t N>
LoopNest<N> make_nest(const Shape& shape, const std::array<Strides, N>& strides) {
  LoopNest<N> nest;
  nest.rank = static_cast<int>(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    nest.dims[i] = shape[i];
    for (std::size_t k = 0; k < N; ++k) nest.strides[k][i] = strides[k][i];
  }
  return nest;
}

/// parallel_for that stays on the calling thread when there is nothing to share.
template <class F>
void run_items(Parallel& parallel, std::int64_t items, F&& f) {
  if (items <= 0) return;
  if (items == 1) {
    f(std::int64_t{0}, std::int64_t{1}, 0);
    return;
  }
  parallel_for(parallel, items, f);
}

/// The order that operands of elementwise-like nodes of this output shape share: channels-last when
/// a full-size operand is, else rows that are contiguous along the last dim.
Layout shared_layout(std::span<const ValueDesc> inputs, const Shape& shape,
                     std::span<const Layout> current);

/// What elementwise nodes want of their operands: shared_layout for those of full size, any order
/// for broadcast ones and constants.
NodeLayout eltwise_layout(const Node& node, std::span<const ValueDesc> inputs,
                          std::span<const ValueDesc> outputs, std::span<const Layout> current);

/// Axis in [0, rank) for one in [-rank, rank).
inline std::size_t positive_axis(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

}  // namespace vernier
