#include "backend/cpu/kernels/qdepthwise/qdepthwise.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/gemm/driver.h"
#include "backend/cpu/kernels/qdepthwise/layout.h"
#include "backend/cpu/kernels/qeltwise/select.h"

namespace vernier {
namespace {

// Rows below which channels are shared out too.
constexpr ptrdiff_t kTargetItems = 8;

QBlocks blocks_of(const QDepthwiseKernel& kernel, const QDepthwiseArgs& a) {
  return q_blocks({kernel.wide_block, kernel.half_block, kernel.narrow_block}, a.channels, a.kh,
                  q_tap_plan(a.kw, a.stride_w, a.dilation_w));
}

// The place of a block's channel in the order of its accumulators: all but narrow blocks are
// interleaved in 128-bit parts (see qsimd/vec_int_avx512.h).
ptrdiff_t place(const QBlocks& blocks, ptrdiff_t block, ptrdiff_t c) {
  if (block >= blocks.wide + blocks.half) return c;
  const ptrdiff_t lanes = blocks.size(block) / 4;
  return c % 16 / 4 * lanes + c / 16 * 4 + c % 4;
}

const QTableKernel& table_of(const QDepthwiseKernel& kernel) {
  IsaTier tier = IsaTier::generic;
#define VERNIER_QDEPTHWISE(isa, extra, row) \
  if (&kernel == &row) tier = IsaTier::isa;
#include "backend/cpu/kernels/qdepthwise/kernels.inc"
#undef VERNIER_QDEPTHWISE
  return qtable_select(tier);
}

ptrdiff_t channel_groups(const QDepthwiseArgs& a, const QBlocks& blocks) {
  const ptrdiff_t rows = a.n * a.oh;
  return std::clamp<ptrdiff_t>((kTargetItems + rows - 1) / rows, 1, blocks.total);
}

}  // namespace

size_t qdepthwise_packed_bytes(const QDepthwiseKernel& kernel, const QDepthwiseArgs& shape) {
  const QBlocks blocks = blocks_of(kernel, shape);
  return static_cast<size_t>(blocks.offset(blocks.total));
}

void qdepthwise_pack(const QDepthwiseKernel& kernel, const QDepthwiseArgs& shape,
                     const void* weights, bool weights_signed, const QChannels& channels,
                     void* packed) {
  const QBlocks blocks = blocks_of(kernel, shape);
  const QTapPlan plan = q_tap_plan(shape.kw, shape.stride_w, shape.dilation_w);
  const std::int32_t x_zero = shape.x_zero + (shape.x_signed ? 128 : 0);
  const std::uint8_t flip = weights_signed ? 0x00 : 0x80;
  const ptrdiff_t taps = shape.kh * shape.kw;
  std::memset(packed, 0, qdepthwise_packed_bytes(kernel, shape));
  for (ptrdiff_t b = 0; b < blocks.total; ++b) {
    auto* base = static_cast<std::uint8_t*>(packed) + blocks.offset(b);
    const ptrdiff_t size = blocks.size(b);
    auto* start = reinterpret_cast<std::int32_t*>(base);
    auto* scale = reinterpret_cast<float*>(base + 4 * size);
    auto* offset = reinterpret_cast<float*>(base + 8 * size);
    auto* quads = reinterpret_cast<std::int8_t*>(base + kQDepthwiseHead * size);
    const ptrdiff_t first = blocks.channel(b);
    for (ptrdiff_t i = 0; i < std::min(size, shape.channels - first); ++i) {
      const ptrdiff_t c = first + i;
      const ptrdiff_t at = place(blocks, b, i);
      const std::uint8_t* w = static_cast<const std::uint8_t*>(weights) + c * taps;
      std::int32_t sum = 0;
      for (ptrdiff_t t = 0; t < taps; ++t) {
        const auto value = static_cast<std::int8_t>(w[t] ^ flip);
        sum += value;
        for (ptrdiff_t p = 0; p < plan.outputs; ++p) {
          // With several outputs a column is a tap; otherwise a tap is a slot, however far apart.
          const ptrdiff_t slot = t % shape.kw + (plan.outputs > 1 ? p * shape.stride_w : 0);
          const ptrdiff_t quad = (t / shape.kw * plan.outputs + p) * plan.quads + slot / 4;
          quads[(quad * size + at) * 4 + slot % 4] = value;
        }
      }
      const auto bias = static_cast<std::uint32_t>(channels.bias != nullptr ? channels.bias[c] : 0);
      start[at] = static_cast<std::int32_t>(bias - static_cast<std::uint32_t>(x_zero) *
                                                       static_cast<std::uint32_t>(sum));
      scale[at] = channels.scale[c * channels.scale_step];
      offset[at] = channels.offset != nullptr ? channels.offset[c] : 0.0F;
    }
  }
}

ptrdiff_t qdepthwise_items(const QDepthwiseKernel& kernel, const QDepthwiseArgs& args) {
  return args.n * args.oh * channel_groups(args, blocks_of(kernel, args));
}

void qdepthwise_run(const QDepthwiseKernel& kernel, const QDepthwiseArgs& args,
                    ptrdiff_t item_begin, ptrdiff_t item_end) {
  const QBlocks blocks = blocks_of(kernel, args);
  const ptrdiff_t groups = channel_groups(args, blocks);
  const QEpilogue& e = args.epilogue;
  for (ptrdiff_t item = item_begin; item < item_end; ++item) {
    const ptrdiff_t row = item / groups;
    const ptrdiff_t image = row / args.oh;
    const ptrdiff_t y = row % args.oh;
    const PartRange part = equal_part(blocks.total, groups, item % groups);
    kernel.row(args, image, y, part.begin, part.begin + part.count);
    if (e.table != nullptr) {
      const ptrdiff_t first = blocks.channel(part.begin);
      const ptrdiff_t end = std::min(blocks.channel(part.begin + part.count), args.channels);
      auto* dst =
          static_cast<std::uint8_t*>(args.dst) + image * args.dst_n + y * args.dst_h + first;
      table_of(kernel).run({dst, dst, e.table, args.ow, end - first, args.dst_w, args.dst_w});
    }
  }
}

}  // namespace vernier
