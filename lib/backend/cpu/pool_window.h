#pragma once

#include "backend/backend.h"
#include "ops/window.h"

namespace vernier {

/// Window and operands' geometry in the arguments of a pooling kernel (PoolF32Args, QPoolArgs).
template <class Args>
void set_window(Args& block, const PlaneWindow& window, const ValueDesc& x, const ValueDesc& y) {
  const std::size_t w = x.shape.size() - 1;
  block.channels = x.shape[1];
  block.src_row = w == 3 ? x.strides[2] : 0;
  block.src_pixel = x.strides[w];
  block.dst_pixel = y.strides[w];
  block.in_h = window.h.input;
  block.in_w = window.w.input;
  block.out_w = window.w.output;
  block.kernel_h = window.h.kernel;
  block.kernel_w = window.w.kernel;
  block.dilation_h = window.h.dilation;
  block.dilation_w = window.w.dilation;
  block.stride_w = window.w.stride;
  block.pad_w = window.w.pad_begin;
  block.pad_end_h = window.h.pad_end;
  block.pad_end_w = window.w.pad_end;
}

}  // namespace vernier
