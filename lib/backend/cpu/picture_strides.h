#pragma once

#include "backend/cpu/kernels/conv/conv.h"
#include "tensor/shape.h"

namespace vernier {

/// Strides of batch, row and pixel of a rank 3 ([N, C, W], height 1) or rank 4 picture.
inline NhwcStrides picture_strides(const Strides& strides) {
  if (strides.size() == 3) return {strides[0], 0, strides[2]};
  return {strides[0], strides[2], strides[3]};
}

}  // namespace vernier
