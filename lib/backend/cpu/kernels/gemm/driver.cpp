#include "backend/cpu/kernels/gemm/driver.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace vernier {
namespace {

// A block of the K range keeps its part of a 64-wide panel (128 KiB) in the L2 cache beside the
// pixels.
constexpr ptrdiff_t kBlockFloats = 32 * 1024;
// Panels of one item together, so that they stay in L2 while the chunks of pixels go by.
constexpr ptrdiff_t kGroupFloats = 128 * 1024;
// Pixels of one chunk, re-read by each panel.
constexpr ptrdiff_t kChunkFloats = 64 * 1024;
constexpr ptrdiff_t kMinChunkPixels = 96;
constexpr ptrdiff_t kMaxChunkPixels = 1024;
// Enough items for a few threads to share evenly, unless an item would be shorter than this many
// multiply-adds.
constexpr ptrdiff_t kTargetItems = 16;
constexpr ptrdiff_t kMinItemMacs = 512 * 1024;

ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

void copy_rows(const float* src, ptrdiff_t src_pitch, float* dst, ptrdiff_t dst_pitch,
               ptrdiff_t count, ptrdiff_t width) {
  for (ptrdiff_t r = 0; r < count; ++r) {
    std::memcpy(dst + r * dst_pitch, src + r * src_pitch,
                static_cast<size_t>(width) * sizeof(float));
  }
}

// A block [tap, tap + taps) x [offset, offset + run) of the K range.
struct KBlock {
  ptrdiff_t tap, taps, offset, run;
};

KBlock k_block(const TileChunk& c, ptrdiff_t width, ptrdiff_t tap, ptrdiff_t offset) {
  const ptrdiff_t limit = std::max<ptrdiff_t>(kBlockFloats / width, 64);
  if (c.run <= limit) {
    // Whole taps, as equal as possible over the blocks.
    const ptrdiff_t blocks = ceil_div(c.taps, std::max<ptrdiff_t>(limit / c.run, 1));
    return {tap, std::min(ceil_div(c.taps, blocks), c.taps - tap), 0, c.run};
  }
  const ptrdiff_t part = ceil_div(c.run, ceil_div(c.run, limit));
  return {tap, 1, offset, std::min(part, c.run - offset)};
}

struct PanelRun {
  const TileChunk* chunk;
  ptrdiff_t column;
  ptrdiff_t valid;  // columns that exist; less than the panel's width in the last one
  bool first;
  bool last;
};

void run_tile(const PanelRun& p, const PixelTile& tile, GemmTileFn fn, ptrdiff_t width,
              GemmTileArgs* args) {
  const TileChunk& c = *p.chunk;
  const bool staged = p.valid < width;
  float* dst = tile.dst + p.column;
  args->dst = dst;
  args->dst_pitch = c.dst_pitch;
  args->residual = p.first && tile.residual != nullptr ? tile.residual + p.column : nullptr;
  args->residual_pitch = c.residual_pitch;
  if (staged) {
    const ptrdiff_t max_width = c.kernel->granule * c.kernel->max_granules;
    float* stage_dst = c.stage + max_width;
    float* stage_res = stage_dst + tile.count * max_width;
    if (!p.first) copy_rows(dst, c.dst_pitch, stage_dst, width, tile.count, p.valid);
    if (args->residual != nullptr) {
      copy_rows(args->residual, c.residual_pitch, stage_res, width, tile.count, p.valid);
      args->residual = stage_res;
      args->residual_pitch = width;
    }
    args->dst = stage_dst;
    args->dst_pitch = width;
  }
  fn(*args);
  if (p.last && c.act.kind != ActivationKind::none && !args->clip) {
    c.kernel->activate(c.act, args->dst, args->dst_pitch, tile.count, p.valid);
  }
  if (staged) copy_rows(args->dst, width, dst, c.dst_pitch, tile.count, p.valid);
}

}  // namespace

size_t tile_stage_floats(const GemmF32Kernel& kernel) {
  const int max_rows = *std::max_element(kernel.max_rows, kernel.max_rows + kernel.max_granules);
  return static_cast<size_t>(kernel.granule * kernel.max_granules) *
         static_cast<size_t>(1 + 2 * max_rows);
}

void run_tile_chunk(const TileChunk& c, ptrdiff_t panel_begin, ptrdiff_t panel_end) {
  const ptrdiff_t k_total = c.taps * c.run;
  const bool clamp = activation_is_clamp(c.act.kind);
  for (ptrdiff_t p = panel_begin; p < panel_end; ++p) {
    PanelRun run{&c, c.panels->column(p), 0, true, false};
    const ptrdiff_t width = c.panels->width(p);
    run.valid = std::min(width, c.panels->n - run.column);
    const GemmTileFn* fns = c.kernel->tiles[width / c.panels->granule - 1];
    const float* panel = c.packed + run.column * k_total;

    GemmTileArgs args{};
    args.lo = c.act.kind == ActivationKind::relu ? 0.0F : c.act.alpha;
    args.hi =
        c.act.kind == ActivationKind::relu ? std::numeric_limits<float>::infinity() : c.act.beta;
    args.bias = c.bias != nullptr ? c.bias + run.column : nullptr;
    if (args.bias != nullptr && run.valid < width) {
      std::memset(c.stage, 0, static_cast<size_t>(width) * sizeof(float));
      copy_rows(args.bias, 0, c.stage, 0, 1, run.valid);
      args.bias = c.stage;
    }
    ptrdiff_t tap = 0;
    ptrdiff_t offset = 0;
    while (tap < c.taps) {
      const KBlock block = k_block(c, width, tap, offset);
      args.taps = block.taps;
      args.run = block.run;
      args.row_offset = block.offset;
      args.panel = panel + (tap * c.run + block.offset) * width;
      args.accumulate = !run.first;
      offset = block.offset + block.run;
      if (offset == c.run) {
        tap += block.taps;
        offset = 0;
      }
      run.last = tap == c.taps;
      args.clip = clamp && run.last;
      for (ptrdiff_t t = 0; t < c.tile_count; ++t) {
        const PixelTile& tile = c.tiles[t];
        args.rows = tile.rows + block.tap * tile.count;
        run_tile(run, tile, fns[tile.count - 1], width, &args);
      }
      run.first = false;
    }
  }
}

PanelLayout panel_layout(const GemmF32Kernel& kernel, ptrdiff_t n) {
  PanelLayout layout{};
  layout.n = n;
  layout.granule = kernel.granule;
  const ptrdiff_t granules = ceil_div(n, kernel.granule);
  layout.count = ceil_div(granules, kernel.max_granules);
  layout.narrow = granules / layout.count;
  layout.wide_count = granules % layout.count;
  return layout;
}

ptrdiff_t tile_rows(const GemmF32Kernel& kernel, const PanelLayout& panels) {
  const int narrow = kernel.max_rows[panels.narrow - 1];
  return panels.wide_count > 0 ? std::min(narrow, kernel.max_rows[panels.narrow]) : narrow;
}

ItemSplit split_items(const GemmF32Kernel& kernel, const PanelLayout& panels, ptrdiff_t m,
                      ptrdiff_t k, ptrdiff_t pixel_floats) {
  ItemSplit s{};
  const ptrdiff_t panel_floats = panels.width(0) * k;
  s.panel_group = std::clamp<ptrdiff_t>(kGroupFloats / panel_floats, 1, panels.count);
  s.groups = ceil_div(panels.count, s.panel_group);
  const ptrdiff_t pixels =
      std::clamp(kChunkFloats / pixel_floats, kMinChunkPixels, kMaxChunkPixels);
  s.chunks = ceil_div(m, pixels);

  const ptrdiff_t macs_cap =
      static_cast<ptrdiff_t>(static_cast<double>(m) * static_cast<double>(panels.n) *
                             static_cast<double>(k) / kMinItemMacs);
  const ptrdiff_t target = std::clamp<ptrdiff_t>(macs_cap, 1, kTargetItems);
  // Few pixels: share out panels first, so that the weights stream through once.
  if (m < panels.n && s.groups * s.chunks < target) {
    s.groups = std::min(panels.count, ceil_div(target, s.chunks));
  }
  s.panel_group = ceil_div(panels.count, s.groups);
  s.groups = ceil_div(panels.count, s.panel_group);
  if (s.groups * s.chunks < target) {
    const ptrdiff_t most = std::max<ptrdiff_t>(m / (2 * tile_rows(kernel, panels)), 1);
    s.chunks = std::max(s.chunks, std::min(ceil_div(target, s.groups), most));
  }
  s.chunk_pixels = ceil_div(m, s.chunks);
  return s;
}

}  // namespace vernier
