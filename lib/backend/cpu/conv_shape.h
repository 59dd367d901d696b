#pragma once

#include "backend/cpu/kernels/conv/conv.h"
#include "ops/conv.h"

namespace vernier {

/// What the kernels of a family want to know of a convolution of spatial rank 1 or 2.
inline ConvShape conv_shape(const ResolvedConv& conv) {
  const auto [h, w] = plane_window(conv);
  return {conv.batch,        h.input,    w.input,    conv.in_channels, h.output, w.output,
          conv.out_channels, h.kernel,   w.kernel,   h.stride,         w.stride, h.pad_begin,
          w.pad_begin,       h.dilation, w.dilation, conv.group};
}

}  // namespace vernier
