#pragma once

#include <array>

#include "graph/op_def.h"
#include "ops/window.h"

namespace vernier {

/// Attributes of the windowed poolings (MaxPool, AveragePool, LpPool).
struct PoolParams : WindowParams {
  bool ceil_mode = false;
};

/// A pooling with concrete shapes and explicit padding.
struct ResolvedPool {
  std::int64_t planes = 0;  ///< N * C
  std::size_t spatial_rank = 0;
  std::array<WindowAxis, kMaxRank> axes{};
  Shape output;  ///< [N, C, spatial...]
};

/// Reads the shared attributes; kernel_shape is required.
Result<void> parse_pool(AttrReader& attributes, PoolParams& params);
/// Output type of a pooling (dtype of x).
Result<ValueType> infer_pool_type(const PoolParams& params, const ValueType& x);
/// Errors as for resolve_conv.
Result<ResolvedPool> resolve_pool(const PoolParams& params, const Shape& x);

/// Calls `visit(offset)` with the offset inside one input plane (row-major) of every tap of output
/// position `index` that lies inside the input; returns how many taps lie in the input or its
/// padding (those that ceil_mode adds behind the end padding do not count).
template <class F>
double for_each_tap(const ResolvedPool& pool, const Shape& index, F&& visit) {
  Shape first;
  Shape last;            // one past
  double counted = 1.0;  // a product of kernel sizes may exceed int64
  bool any = true;
  for (std::size_t i = 0; i < pool.spatial_rank; ++i) {
    const TapRange range = tap_range(pool.axes[i], index[i]);
    first.push_back(range.begin);
    last.push_back(range.end);
    counted *= static_cast<double>(range.padded);
    any = any && range.begin < range.end;
  }
  if (!any) return counted;
  Shape tap = first;
  while (true) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < pool.spatial_rank; ++i) {
      const WindowAxis& a = pool.axes[i];
      offset = offset * a.input + index[i] * a.stride - a.pad_begin + tap[i] * a.dilation;
    }
    visit(offset);
    std::size_t axis = pool.spatial_rank;
    while (axis > 0 && ++tap[axis - 1] == last[axis - 1]) {
      --axis;
      tap[axis] = first[axis];
    }
    if (axis == 0) return counted;
  }
}

/// Calls `f(plane, index, linear output offset)` for every output element in row-major order.
template <class F>
void for_each_output(const ResolvedPool& pool, F&& f) {
  if (element_count(pool.output) == 0) return;
  std::int64_t at = 0;
  for (std::int64_t plane = 0; plane < pool.planes; ++plane) {
    Shape index = Shape::filled(pool.spatial_rank, 0);
    while (true) {
      f(plane, index, at++);
      std::size_t axis = pool.spatial_rank;
      while (axis > 0 && ++index[axis - 1] == pool.axes[axis - 1].output) index[--axis] = 0;
      if (axis == 0) break;
    }
  }
}

/// Elements of one input plane.
std::int64_t plane_size(const ResolvedPool& pool) noexcept;

}  // namespace vernier
