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

// Blocks of channels: `wide` ones of max_block, then ones of min_block. A block holds start, scale
// and offset of its channels, then [kh][outputs][quads][channels][4] weights.
struct QBlocks {
  ptrdiff_t wide;
  ptrdiff_t total;
  ptrdiff_t wide_size, narrow_size;
  ptrdiff_t bytes_per_channel;

  ptrdiff_t channel(ptrdiff_t b) const {
    return b < wide ? b * wide_size : wide * wide_size + (b - wide) * narrow_size;
  }
  ptrdiff_t size(ptrdiff_t b) const { return b < wide ? wide_size : narrow_size; }
  ptrdiff_t offset(ptrdiff_t b) const { return channel(b) * bytes_per_channel; }
};

constexpr ptrdiff_t kQDepthwiseHead = 12;  // bytes of start, scale and offset a channel

[[maybe_unused]] constexpr QBlocks q_blocks(ptrdiff_t max_block, ptrdiff_t min_block,
                                            ptrdiff_t channels, ptrdiff_t kh, QTapPlan plan) {
  QBlocks b{};
  b.wide = max_block > min_block ? channels / max_block : 0;
  b.wide_size = max_block;
  b.narrow_size = min_block;
  b.total = b.wide + (channels - b.wide * max_block + min_block - 1) / min_block;
  b.bytes_per_channel = kQDepthwiseHead + kh * plan.outputs * plan.quads * 4;
  return b;
}

}  // namespace
}  // namespace vernier
