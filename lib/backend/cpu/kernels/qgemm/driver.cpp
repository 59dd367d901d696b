#include "backend/cpu/kernels/qgemm/driver.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/qeltwise/select.h"
#include "backend/cpu/kernels/qgemm/select.h"

namespace vernier {
namespace {

// Panels of one item together, so that they stay in L2 while the chunks of pixels go by.
constexpr ptrdiff_t kGroupBytes = 384 * 1024;
// Pixels of one chunk, re-read by each panel.
constexpr ptrdiff_t kChunkBytes = 192 * 1024;
constexpr ptrdiff_t kMinChunkPixels = 96;
constexpr ptrdiff_t kMaxChunkPixels = 2048;
// Enough items for a few threads to share evenly, unless an item would be shorter than this many
// multiply-adds.
constexpr ptrdiff_t kTargetItems = 16;
constexpr double kMinItemMacs = 1024.0 * 1024.0;

ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

ptrdiff_t run_quads(ptrdiff_t run) { return ceil_div(run, kQuad); }

// Parts of the packed weights of one group.
struct PackedLayout {
  size_t start, scale, offset, weight_zero, panels, total;
};

PackedLayout packed_layout(const PanelLayout& panels, ptrdiff_t taps, ptrdiff_t run) {
  const auto columns = static_cast<size_t>(panels.columns());
  const size_t row = align_scratch(columns * sizeof(float));
  PackedLayout l{};
  l.scale = row;
  l.offset = 2 * row;
  l.weight_zero = 3 * row;
  l.panels = 4 * row;
  l.total = l.panels + align_scratch(columns * static_cast<size_t>(taps) *
                                     static_cast<size_t>(run_quads(run) * kQuad));
  return l;
}

std::uint32_t wrap(ptrdiff_t x) { return static_cast<std::uint32_t>(x); }

// Up to four consecutive k of neighbouring columns, the k together; adds each column's to sums[j].
void pack_quad_rows(const std::uint8_t* src, ptrdiff_t k_stride, ptrdiff_t rows, ptrdiff_t columns,
                    std::uint8_t flip, std::int8_t* dst, std::int32_t* sums) {
  for (ptrdiff_t i = 0; i < rows; ++i) {
    const std::uint8_t* row = src + i * k_stride;
    std::int8_t* out = dst + i;
    for (ptrdiff_t j = 0; j < columns; ++j) {
      const auto w = static_cast<std::int8_t>(row[j] ^ flip);
      out[j * kQuad] = w;
      sums[j] += w;
    }
  }
}

// `count` elements of one column, `stride` apart, to position `at` of its tap; returns their sum.
std::int32_t pack_column(const std::uint8_t* src, ptrdiff_t stride, ptrdiff_t count, ptrdiff_t at,
                         ptrdiff_t width, std::uint8_t flip, std::int8_t* dst) {
  std::int32_t sum = 0;
  std::int8_t* quad = dst + at / kQuad * width * kQuad;
  ptrdiff_t lane = at % kQuad;
  for (ptrdiff_t i = 0; i < count; ++i) {
    const auto w = static_cast<std::int8_t>(src[i * stride] ^ flip);
    quad[lane] = w;
    sum += w;
    if (++lane == kQuad) {
      lane = 0;
      quad += width * kQuad;
    }
  }
  return sum;
}

// The panel's weights as s8 [taps][quads][width][4]; adds those of each column to sums[j].
void pack_panel(const QWeightSource& s, ptrdiff_t column, ptrdiff_t valid, ptrdiff_t width,
                ptrdiff_t taps, ptrdiff_t run, std::uint8_t flip, std::int8_t* dst,
                std::int32_t* sums) {
  const ptrdiff_t tap_bytes = run_quads(run) * kQuad * width;
  if (valid < width || run % kQuad != 0) {
    std::memset(dst, 0, static_cast<size_t>(taps * tap_bytes));
  }
  for (ptrdiff_t t = 0; t < taps; ++t) {
    const std::uint8_t* src = s.data + column * s.column_stride + t * s.tap_stride;
    std::int8_t* out = dst + t * tap_bytes;
    if (s.column_stride == 1 && s.inner_count == run) {
      for (ptrdiff_t k = 0; k < run; k += kQuad) {
        pack_quad_rows(src + k * s.inner_stride, s.inner_stride, std::min(kQuad, run - k), valid,
                       flip, out + k * width, sums);
      }
      continue;
    }
    for (ptrdiff_t j = 0; j < valid; ++j) {
      for (ptrdiff_t k = 0; k < run; k += s.inner_count) {
        sums[j] += pack_column(src + j * s.column_stride + k / s.inner_count * s.outer_stride,
                               s.inner_stride, s.inner_count, k, width, flip, out + j * kQuad);
      }
    }
  }
}

void run_tile(const QTileChunk& c, const QPixelTile& tile, ptrdiff_t column, QTileFn fn,
              QTileArgs* args) {
  const bool floats = c.epilogue->out == QOut::f32;
  auto* bytes = static_cast<std::uint8_t*>(c.dst);
  const ptrdiff_t at = (tile.dst + column) * (floats ? static_cast<ptrdiff_t>(sizeof(float)) : 1);
  args->rows = tile.rows;
  args->dst = bytes + at;
  args->residual = tile.residual != nullptr ? tile.residual + column : nullptr;
  fn(*args);
  if (c.epilogue->table != nullptr) {
    c.table->run({bytes + at, bytes + at, c.epilogue->table, tile.count, args->columns, c.dst_pitch,
                  c.dst_pitch});
  }
}

}  // namespace

PanelLayout q_panel_layout(const QGemmKernel& kernel, ptrdiff_t n) {
  PanelLayout layout{};
  layout.n = n;
  layout.granule = kernel.granule;
  const ptrdiff_t granules = ceil_div(n, kernel.granule);
  layout.count = ceil_div(granules, kernel.max_granules);
  layout.narrow = granules / layout.count;
  layout.wide_count = granules % layout.count;
  return layout;
}

ptrdiff_t q_tile_rows(const QGemmKernel& kernel, const PanelLayout& panels) {
  const int narrow = kernel.max_rows[panels.narrow - 1];
  return panels.wide_count > 0 ? std::min(narrow, kernel.max_rows[panels.narrow]) : narrow;
}

ItemSplit q_split_items(const QGemmKernel& kernel, const PanelLayout& panels, ptrdiff_t m,
                        ptrdiff_t k, ptrdiff_t pixel_bytes) {
  ItemSplit s{};
  s.panel_group = std::clamp<ptrdiff_t>(kGroupBytes / (panels.width(0) * k), 1, panels.count);
  s.groups = ceil_div(panels.count, s.panel_group);
  const ptrdiff_t pixels = std::clamp(kChunkBytes / pixel_bytes, kMinChunkPixels, kMaxChunkPixels);
  s.chunks = ceil_div(m, pixels);

  const double macs =
      static_cast<double>(m) * static_cast<double>(panels.n) * static_cast<double>(k);
  const auto target = static_cast<ptrdiff_t>(
      std::clamp(macs / kMinItemMacs, 1.0, static_cast<double>(kTargetItems)));
  // Few pixels: share out panels first, so that the weights stream through once.
  if (m < panels.n && s.groups * s.chunks < target) {
    s.groups = std::min(panels.count, ceil_div(target, s.chunks));
  }
  s.panel_group = ceil_div(panels.count, s.groups);
  s.groups = ceil_div(panels.count, s.panel_group);
  if (s.groups * s.chunks < target) {
    const ptrdiff_t most = std::max<ptrdiff_t>(m / (2 * q_tile_rows(kernel, panels)), 1);
    s.chunks = std::max(s.chunks, std::min(ceil_div(target, s.groups), most));
  }
  s.chunk_pixels = ceil_div(m, s.chunks);
  return s;
}

const QTableKernel& q_table_of(const QGemmKernel& kernel) {
  IsaTier tier = IsaTier::generic;
#define VERNIER_QGEMM(isa, extra, row) \
  if (&kernel == &row) tier = IsaTier::isa;
#include "backend/cpu/kernels/qgemm/kernels.inc"
#undef VERNIER_QGEMM
  return qtable_select(tier);
}

size_t q_packed_bytes(const PanelLayout& panels, ptrdiff_t taps, ptrdiff_t run) {
  return packed_layout(panels, taps, run).total;
}

void q_pack(const QFormat& format, const PanelLayout& panels, ptrdiff_t taps, ptrdiff_t run,
            const QWeightSource& source, const QChannels& channels, ptrdiff_t first, void* packed) {
  const PackedLayout l = packed_layout(panels, taps, run);
  auto* base = static_cast<std::uint8_t*>(packed);
  std::memset(base, 0, l.panels);
  auto* start = reinterpret_cast<std::int32_t*>(base + l.start);
  auto* scale = reinterpret_cast<float*>(base + l.scale);
  auto* offset = reinterpret_cast<float*>(base + l.offset);
  auto* zero = reinterpret_cast<std::int32_t*>(base + l.weight_zero);
  auto* panel = reinterpret_cast<std::int8_t*>(base + l.panels);
  for (ptrdiff_t p = 0; p < panels.count; ++p) {
    const ptrdiff_t column = panels.column(p);
    const ptrdiff_t valid = std::min(panels.width(p), panels.n - column);
    // The sums of the weights arrive where the starting values will be.
    pack_panel(source, column, valid, panels.width(p), taps, run, format.w_signed ? 0x00 : 0x80,
               panel + column * taps * run_quads(run) * kQuad, start + column);
  }
  const std::int32_t x_zero = format.x_zero + (format.x_signed ? 128 : 0);
  for (ptrdiff_t j = 0; j < panels.n; ++j) {
    const ptrdiff_t c = first + j;
    if (format.w_zero_points && channels.weight_zero != nullptr) {
      zero[j] = channels.weight_zero[c * channels.weight_zero_step] - (format.w_signed ? 0 : 128);
    }
    const std::uint32_t bias = channels.bias != nullptr ? wrap(channels.bias[c]) : 0;
    start[j] = static_cast<std::int32_t>(bias - wrap(x_zero) * wrap(start[j]));
    scale[j] = channels.scale[c * channels.scale_step];
    offset[j] = channels.offset != nullptr ? channels.offset[c] : 0.0F;
  }
}

void q_row_sums(const QTileChunk& c, std::int32_t* sums) {
  const std::uint8_t flip = c.format->x_signed ? 0x80 : 0x00;
  const std::int32_t zero = c.format->x_zero + (c.format->x_signed ? 128 : 0);
  for (ptrdiff_t t = 0; t < c.tile_count; ++t) {
    const QPixelTile& tile = c.tiles[t];
    for (ptrdiff_t m = 0; m < tile.count; ++m) {
      std::int32_t sum = 0;
      for (ptrdiff_t tap = 0; tap < c.taps; ++tap) {
        const std::uint8_t* row = tile.rows[tap * tile.count + m];
        for (ptrdiff_t k = 0; k < c.run; ++k) sum += (row[k] ^ flip) - zero;
      }
      *sums++ = sum;
    }
  }
}

void q_run_tile_chunk(const QTileChunk& c, ptrdiff_t panel_begin, ptrdiff_t panel_end) {
  const PackedLayout l = packed_layout(*c.panels, c.taps, c.run);
  const auto* base = static_cast<const std::uint8_t*>(c.packed);
  const QTileFn* const* tiles =
      c.format->x_signed ? c.kernel->signed_tiles : c.kernel->unsigned_tiles;
  for (ptrdiff_t p = panel_begin; p < panel_end; ++p) {
    const ptrdiff_t column = c.panels->column(p);
    const ptrdiff_t width = c.panels->width(p);
    const QTileFn* fns = tiles[width / c.panels->granule - 1];
    QTileArgs args{};
    args.taps = c.taps;
    args.run = c.run;
    args.whole_quads = c.whole_quads;
    args.panel = reinterpret_cast<const std::int8_t*>(base + l.panels) +
                 column * c.taps * run_quads(c.run) * kQuad;
    args.start = reinterpret_cast<const std::int32_t*>(base + l.start) + column;
    args.scale = reinterpret_cast<const float*>(base + l.scale) + column;
    args.offset = reinterpret_cast<const float*>(base + l.offset) + column;
    args.weight_zero = reinterpret_cast<const std::int32_t*>(base + l.weight_zero) + column;
    args.row_sums = c.row_sums;
    args.epilogue = c.epilogue;
    args.dst_pitch = c.dst_pitch;
    args.residual_pitch = c.residual_pitch;
    args.columns = std::min(width, c.panels->n - column);
    for (ptrdiff_t t = 0; t < c.tile_count; ++t) {
      run_tile(c, c.tiles[t], column, fns[c.tiles[t].count - 1], &args);
      if (args.row_sums != nullptr) args.row_sums += c.tiles[t].count;
    }
  }
}

}  // namespace vernier
