#pragma once
// How packed depthwise weights lie, and which output pixels share the bytes of a kernel row.
// Private to each source file, since ISA files include it.
#include <stddef.h>

namespace vernier {
namespace {

// `outputs` neighbouring pixels are computed together from `quads` groups of four input columns;
// every (kernel row, output, quad) has its own four weights a channel, zero where the output does
// not use a column.
struct QTapPlan {
  int outputs;
  int quads;
};

[[maybe_unused]] constexpr QTapPlan q_tap_plan(ptrdiff_t kw, ptrdiff_t stride_w,
                                               ptrdiff_t dilation_w) {
  if (dilation_w == 1) {
    if (kw == 3 && stride_w == 1) return {2, 1};
    if (kw == 3 && stride_w == 2) return {1, 1};
    if (kw == 5 && stride_w == 1) return {4, 2};
    if (kw == 5 && stride_w == 2) return {2, 2};
    if (kw == 7 && stride_w == 1) return {2, 2};
  }
  return {1, static_cast<int>((kw + 3) / 4)};
}

// Sizes of a kernel's blocks of channels; half may be 0, for none.
struct QBlockSizes {
  ptrdiff_t wide, half, narrow;
};

// A row's channels are cut into whole wide blocks, then half ones, then narrow ones; the last block
// may be partly filled. A block holds start, scale and offset of its channels, then
// [kh][outputs][quads][channels][4] weights. Wide and half blocks are in interleaved order.
struct QBlocks {
  QBlockSizes sizes;
  ptrdiff_t wide, half;  // how many
  ptrdiff_t total;
  ptrdiff_t bytes_per_channel;

  constexpr ptrdiff_t size(ptrdiff_t b) const {
    return b < wide ? sizes.wide : (b < wide + half ? sizes.half : sizes.narrow);
  }
  constexpr ptrdiff_t channel(ptrdiff_t b) const {
    if (b < wide) return b * sizes.wide;
    if (b < wide + half) return wide * sizes.wide + (b - wide) * sizes.half;
    return wide * sizes.wide + half * sizes.half + (b - wide - half) * sizes.narrow;
  }
  constexpr ptrdiff_t offset(ptrdiff_t b) const { return channel(b) * bytes_per_channel; }
};

inline constexpr ptrdiff_t kQDepthwiseHead = 12;  // bytes of start, scale and offset a channel

[[maybe_unused]] constexpr QBlocks q_blocks(QBlockSizes sizes, ptrdiff_t channels, ptrdiff_t kh,
                                            QTapPlan plan) {
  QBlocks b{};
  b.sizes = sizes;
  ptrdiff_t rest = channels;
  if (sizes.wide > sizes.narrow) {
    b.wide = rest / sizes.wide;
    rest -= b.wide * sizes.wide;
  }
  if (sizes.half > 0) {
    b.half = rest / sizes.half + (rest % sizes.half > sizes.narrow ? 1 : 0);
    rest -= b.half * sizes.half;
  }
  b.total = b.wide + b.half + (rest > 0 ? (rest + sizes.narrow - 1) / sizes.narrow : 0);
  b.bytes_per_channel = kQDepthwiseHead + kh * plan.outputs * plan.quads * 4;
  return b;
}

}  // namespace
}  // namespace vernier
