#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tensor/shape.h"

namespace vernier {

/// Calls `f(const std::array<int64_t, N>& offsets)` for every index of `shape` in row-major order;
/// offsets[k] is the element offset under strides[k]. Does not allocate. Nothing happens for an
/// empty shape product; a scalar is one call.
template <std::size_t N, class F>
void for_each_offset(const Shape& shape, const std::array<Strides, N>& strides, F&& f) {
  const std::size_t rank = shape.size();
  std::array<std::int64_t, N> offsets{};
  for (const std::int64_t dim : shape) {
    if (dim == 0) return;
  }
  if (rank == 0) {
    f(offsets);
    return;
  }
  Shape index = Shape::filled(rank, 0);
  const std::size_t last = rank - 1;
  while (true) {
    for (std::int64_t i = 0; i < shape[last]; ++i) {
      f(offsets);
      for (std::size_t k = 0; k < N; ++k) offsets[k] += strides[k][last];
    }
    for (std::size_t k = 0; k < N; ++k) offsets[k] -= strides[k][last] * shape[last];
    std::size_t axis = last;
    while (true) {
      if (axis == 0) return;
      --axis;
      for (std::size_t k = 0; k < N; ++k) offsets[k] += strides[k][axis];
      if (++index[axis] < shape[axis]) break;
      for (std::size_t k = 0; k < N; ++k) offsets[k] -= strides[k][axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/// Strides that read a tensor of `shape`/`strides` as if broadcast (numpy rules) to `to`; the
/// shapes are known to be compatible.
inline Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& to) {
  Strides result = Shape::filled(to.size(), 0);
  const std::size_t offset = to.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    result[offset + i] = shape[i] == 1 ? 0 : strides[i];
  }
  return result;
}

}  // namespace vernier
