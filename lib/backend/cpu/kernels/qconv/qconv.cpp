#include "backend/cpu/kernels/qconv/qconv.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/qgemm/driver.h"

namespace vernier {
namespace {

// Below this many channels a tap is too short to amortise its row pointers, so kernel rows are
// merged by copying.
constexpr ptrdiff_t kGatherChannels = 16;
// Input rows gathered for one chunk stay in L2.
constexpr ptrdiff_t kGatherBytes = 128 * 1024;

ptrdiff_t gathered_height(const ConvShape& s, ptrdiff_t out_rows) {
  return (out_rows - 1) * s.stride_h + (s.kh - 1) * s.dilation_h + 1;
}
ptrdiff_t gathered_width(const ConvShape& s) {
  return (s.ow - 1) * s.stride_w + (s.kw - 1) * s.dilation_w + 1;
}

struct PixelOrigin {
  ptrdiff_t offset;  // of tap (0, 0) from the group's first channel of src; may lie outside src
  ptrdiff_t y, x;    // input position of tap (0, 0)
};

struct QConvScratch {
  size_t zeros, table, tiles, origins, sums, rows, total;
};

QConvScratch qconv_scratch(const QConvPlan& p) {
  const ConvShape& s = p.shape;
  const auto pixels = static_cast<size_t>(p.chunk_pixels);
  QConvScratch l{};
  l.table = align_scratch(static_cast<size_t>(s.ic / s.groups));
  l.tiles = l.table + align_scratch(pixels * static_cast<size_t>(p.taps) * sizeof(std::uint8_t*));
  l.origins = l.tiles + align_scratch(pixels * sizeof(QPixelTile));
  l.sums = l.origins + align_scratch(pixels * sizeof(PixelOrigin));
  l.rows = l.sums + align_scratch(pixels * sizeof(std::int32_t));
  l.total = l.rows;
  if (p.mode == QConvMode::gathered) {
    const auto rows = static_cast<size_t>(gathered_height(s, p.chunk_rows));
    const auto width = static_cast<size_t>(gathered_width(s));
    // The last pixel is readable to a whole quad.
    l.total += align_scratch(rows * width * static_cast<size_t>(s.ic / s.groups) + kQuad);
  }
  return l;
}

// The part of a run that is the same for every item.
struct QConvRun {
  const QConvPlan* plan;
  const QConvArgs* args;
  const std::uint8_t* zeros;  // zero points
  const std::uint8_t** table;
  QPixelTile* tiles;
  PixelOrigin* origins;
  std::uint8_t* rows;
  ptrdiff_t max_rows;
  bool joined_rows;  // output rows follow each other at the pixel pitch, so a tile may cross them
  const std::uint8_t* src;  // of the current group
};

bool rows_joined(const NhwcStrides& st, const ConvShape& s) {
  return (s.oh == 1 || st.h == s.ow * st.w) && (s.n == 1 || st.n == s.oh * s.ow * st.w);
}

// Pixel index -> (image, row, column).
struct PixelPos {
  ptrdiff_t n, y, x;
};
PixelPos pixel_pos(const ConvShape& s, ptrdiff_t pixel) {
  const ptrdiff_t row = pixel / s.ow;
  return {row / s.oh, row % s.oh, pixel % s.ow};
}

ptrdiff_t at(const NhwcStrides& st, const PixelPos& p) {
  return p.n * st.n + p.y * st.h + p.x * st.w;
}

// Cuts the chunk's pixels into tiles of nearly equal height. Row tables follow each other,
// [taps][count] a tile.
ptrdiff_t build_tiles(const QConvRun& r, ptrdiff_t first, ptrdiff_t count, ptrdiff_t group) {
  const QConvPlan& plan = *r.plan;
  const ConvShape& s = plan.shape;
  const QConvArgs& a = *r.args;
  const ptrdiff_t channel = group * (s.oc / s.groups);
  ptrdiff_t tile = 0;
  for (ptrdiff_t done = 0; done < count;) {
    const PixelPos begin = pixel_pos(s, first + done);
    const ptrdiff_t stretch = r.joined_rows ? count - done : std::min(count - done, s.ow - begin.x);
    const ptrdiff_t parts = (stretch + r.max_rows - 1) / r.max_rows;
    for (ptrdiff_t i = 0; i < parts; ++i) {
      const PartRange part = equal_part(stretch, parts, i);
      const PixelPos pos = pixel_pos(s, first + done + part.begin);
      QPixelTile& t = r.tiles[tile++];
      t.rows = r.table + (done + part.begin) * plan.taps;
      t.count = part.count;
      t.dst = at(a.dst_strides, pos) + channel;
      t.residual = a.residual == nullptr ? nullptr
                                         : static_cast<const std::uint8_t*>(a.residual) +
                                               at(a.residual_strides, pos) + channel;
    }
    done += stretch;
  }
  return tile;
}

// Direct mode: row pointers of one tile into src, or to the zero points where a tap falls into the
// padding.
void fill_direct(const QConvRun& r, const PixelOrigin* origin, ptrdiff_t count,
                 const std::uint8_t** rows) {
  const ConvShape& s = r.plan->shape;
  const NhwcStrides& st = r.args->src_strides;
  const ptrdiff_t last_y = (s.kh - 1) * s.dilation_h;
  const ptrdiff_t last_x = (s.kw - 1) * s.dilation_w;
  bool interior = true;
  for (ptrdiff_t m = 0; m < count; ++m) {
    interior = interior && origin[m].y >= 0 && origin[m].y + last_y < s.ih && origin[m].x >= 0 &&
               origin[m].x + last_x < s.iw;
  }
  for (ptrdiff_t ky = 0; ky < s.kh; ++ky) {
    for (ptrdiff_t kx = 0; kx < s.kw; ++kx, rows += count) {
      const ptrdiff_t dy = ky * s.dilation_h;
      const ptrdiff_t dx = kx * s.dilation_w;
      const ptrdiff_t tap = dy * st.h + dx * st.w;
      if (interior) {
        for (ptrdiff_t m = 0; m < count; ++m) rows[m] = r.src + (origin[m].offset + tap);
        continue;
      }
      for (ptrdiff_t m = 0; m < count; ++m) {
        const ptrdiff_t y = origin[m].y + dy;
        const ptrdiff_t x = origin[m].x + dx;
        const bool inside = y >= 0 && y < s.ih && x >= 0 && x < s.iw;
        rows[m] = inside ? r.src + (origin[m].offset + tap) : r.zeros;
      }
    }
  }
}

// Direct mode of a 1x1 kernel without padding.
void build_pointwise(const QConvRun& r, ptrdiff_t first, ptrdiff_t count) {
  const ConvShape& s = r.plan->shape;
  const NhwcStrides& st = r.args->src_strides;
  PixelPos pos = pixel_pos(s, first);
  for (ptrdiff_t p = 0; p < count; pos.x = 0) {
    const std::uint8_t* src =
        r.src + pos.n * st.n + pos.y * s.stride_h * st.h + pos.x * s.stride_w * st.w;
    const ptrdiff_t end = std::min(count, p + s.ow - pos.x);
    for (; p < end; ++p, src += s.stride_w * st.w) r.table[p] = src;
    if (++pos.y == s.oh) {
      pos.y = 0;
      ++pos.n;
    }
  }
}

void build_direct(const QConvRun& r, ptrdiff_t first, ptrdiff_t count, ptrdiff_t tile_count) {
  const ConvShape& s = r.plan->shape;
  const NhwcStrides& st = r.args->src_strides;
  if (s.kh == 1 && s.kw == 1 && s.pad_top == 0 && s.pad_left == 0 &&
      (s.oh - 1) * s.stride_h < s.ih && (s.ow - 1) * s.stride_w < s.iw) {
    return build_pointwise(r, first, count);
  }
  PixelPos pos = pixel_pos(s, first);
  for (ptrdiff_t p = 0; p < count; ++p) {
    const ptrdiff_t y = pos.y * s.stride_h - s.pad_top;
    const ptrdiff_t x = pos.x * s.stride_w - s.pad_left;
    r.origins[p] = {pos.n * st.n + y * st.h + x * st.w, y, x};
    if (++pos.x == s.ow) {
      pos.x = 0;
      if (++pos.y == s.oh) {
        pos.y = 0;
        ++pos.n;
      }
    }
  }
  const PixelOrigin* origin = r.origins;
  const std::uint8_t** rows = r.table;
  for (ptrdiff_t t = 0; t < tile_count; ++t) {
    fill_direct(r, origin, r.tiles[t].count, rows);
    origin += r.tiles[t].count;
    rows += r.tiles[t].count * r.plan->taps;
  }
}

// Copies `count` pixels of `channels` channels to dense storage.
void gather_pixels(const QGemmKernel& kernel, const std::uint8_t* src, ptrdiff_t pitch,
                   ptrdiff_t channel_stride, ptrdiff_t channels, ptrdiff_t count,
                   std::uint8_t* dst) {
  if (channel_stride == 1 && pitch == channels) {
    std::memcpy(dst, src, static_cast<size_t>(count * channels));
  } else if (channels == 3 && pitch == 1) {
    const std::uint8_t* planes[3] = {src, src + channel_stride, src + 2 * channel_stride};
    kernel.interleave3(planes, count, dst);
  } else if (channel_stride == 1) {
    for (ptrdiff_t x = 0; x < count; ++x) {
      std::memcpy(dst + x * channels, src + x * pitch, static_cast<size_t>(channels));
    }
  } else {
    for (ptrdiff_t c = 0; c < channels; ++c) {
      for (ptrdiff_t x = 0; x < count; ++x)
        dst[x * channels + c] = src[c * channel_stride + x * pitch];
    }
  }
}

// Gathered mode: the padded input rows of output rows [y, y + rows) of image n, then row pointers
// into them.
void build_gathered(const QConvRun& r, ptrdiff_t first, ptrdiff_t count, ptrdiff_t tile_count) {
  const ConvShape& s = r.plan->shape;
  const QConvArgs& a = *r.args;
  const ptrdiff_t channels = s.ic / s.groups;
  const ptrdiff_t width = gathered_width(s);
  const PixelPos pos = pixel_pos(s, first);
  const ptrdiff_t rows = gathered_height(s, count / s.ow);
  const ptrdiff_t left = std::min(s.pad_left, width);
  const ptrdiff_t inside = std::min(s.iw, width - left);
  const int zero = static_cast<std::uint8_t>(r.plan->format.x_zero);
  for (ptrdiff_t i = 0; i < rows; ++i) {
    std::uint8_t* dst = r.rows + i * width * channels;
    const ptrdiff_t y = pos.y * s.stride_h - s.pad_top + i;
    if (y < 0 || y >= s.ih) {
      std::memset(dst, zero, static_cast<size_t>(width * channels));
      continue;
    }
    std::memset(dst, zero, static_cast<size_t>(left * channels));
    gather_pixels(*r.plan->kernel, r.src + pos.n * a.src_strides.n + y * a.src_strides.h,
                  a.src_strides.w, a.src_channel_stride, channels, inside, dst + left * channels);
    std::memset(dst + (left + inside) * channels, zero,
                static_cast<size_t>((width - left - inside) * channels));
  }

  const ptrdiff_t taps_x = r.plan->taps / s.kh;
  const std::uint8_t** table = r.table;
  const std::uint8_t* row = r.rows;
  ptrdiff_t x = 0;
  for (ptrdiff_t t = 0; t < tile_count; ++t) {
    const ptrdiff_t mr = r.tiles[t].count;
    // Tap (0, 0) first, the others relative to it.
    for (ptrdiff_t m = 0; m < mr; ++m) {
      table[m] = row + x * s.stride_w * channels;
      if (++x == s.ow) {
        x = 0;
        row += s.stride_h * width * channels;
      }
    }
    const std::uint8_t** rest = table + mr;
    for (ptrdiff_t tap = 1; tap < r.plan->taps; ++tap, rest += mr) {
      const ptrdiff_t offset =
          (tap / taps_x * s.dilation_h * width + tap % taps_x * s.dilation_w) * channels;
      for (ptrdiff_t m = 0; m < mr; ++m) rest[m] = table[m] + offset;
    }
    table = rest;
  }
}

PartRange chunk_range(const QConvPlan& plan, ptrdiff_t chunk) {
  const ConvShape& s = plan.shape;
  if (plan.mode == QConvMode::direct) return equal_part(s.n * s.oh * s.ow, plan.chunks, chunk);
  const ptrdiff_t per_image = plan.chunks / s.n;
  const PartRange rows = equal_part(s.oh, per_image, chunk % per_image);
  return {(chunk / per_image * s.oh + rows.begin) * s.ow, rows.count * s.ow};
}

size_t group_bytes(const QConvPlan& plan) {
  return q_packed_bytes(plan.panels, plan.taps, plan.run);
}

QConvRun start_run(const QConvPlan& plan, const QConvArgs& args, char* scratch) {
  const ConvShape& s = plan.shape;
  const QConvScratch layout = qconv_scratch(plan);
  std::memset(scratch + layout.zeros, static_cast<std::uint8_t>(plan.format.x_zero),
              static_cast<size_t>(s.ic / s.groups));
  QConvRun run{};
  run.plan = &plan;
  run.args = &args;
  run.zeros = reinterpret_cast<const std::uint8_t*>(scratch + layout.zeros);
  run.table = reinterpret_cast<const std::uint8_t**>(scratch + layout.table);
  run.tiles = reinterpret_cast<QPixelTile*>(scratch + layout.tiles);
  run.origins = reinterpret_cast<PixelOrigin*>(scratch + layout.origins);
  run.rows = reinterpret_cast<std::uint8_t*>(scratch + layout.rows);
  run.max_rows = q_tile_rows(*plan.kernel, plan.panels);
  run.joined_rows = rows_joined(args.dst_strides, s) &&
                    (args.residual == nullptr || rows_joined(args.residual_strides, s));
  return run;
}

}  // namespace

QConvPlan qconv_plan(const QGemmKernel& kernel, const QFormat& format, const ConvShape& shape,
                     bool dense_channels) {
  QConvPlan plan{};
  const ptrdiff_t channels = shape.ic / shape.groups;
  const bool short_taps =
      channels < kGatherChannels && shape.kw > 1 && shape.dilation_w == 1 && shape.groups == 1;
  plan.kernel = &kernel;
  plan.format = format;
  plan.shape = shape;
  plan.mode = !dense_channels || short_taps ? QConvMode::gathered : QConvMode::direct;
  const bool merged = plan.mode == QConvMode::gathered && shape.dilation_w == 1;
  plan.taps = merged ? shape.kh : shape.kh * shape.kw;
  plan.run = merged ? shape.kw * channels : channels;
  plan.panels = q_panel_layout(kernel, shape.oc / shape.groups);

  const ptrdiff_t k = plan.taps * plan.run;
  const ptrdiff_t pixels = shape.n * shape.oh * shape.ow;
  const ItemSplit split =
      q_split_items(kernel, plan.panels, pixels, k, channels * shape.stride_h * shape.stride_w);
  plan.panel_group = split.panel_group;
  plan.panel_groups = split.groups;
  plan.chunks = split.chunks;
  plan.chunk_pixels = split.chunk_pixels;
  if (plan.mode == QConvMode::gathered) {
    const ptrdiff_t row_bytes = gathered_width(shape) * channels * shape.stride_h;
    const ptrdiff_t by_cache = kGatherBytes / row_bytes;
    const ptrdiff_t by_split = plan.chunk_pixels / shape.ow;
    const ptrdiff_t rows = std::clamp<ptrdiff_t>(std::min(by_cache, by_split), 1, shape.oh);
    const ptrdiff_t per_image = (shape.oh + rows - 1) / rows;
    plan.chunk_rows = (shape.oh + per_image - 1) / per_image;
    plan.chunks = per_image * shape.n;
    plan.chunk_pixels = plan.chunk_rows * shape.ow;
  }
  plan.items = shape.groups * plan.panel_groups * plan.chunks;
  plan.packed_bytes = static_cast<size_t>(shape.groups) * group_bytes(plan);
  plan.scratch_bytes = qconv_scratch(plan).total;
  return plan;
}

void qconv_pack(const QConvPlan& plan, const void* weights, const QChannels& channels,
                void* packed) {
  const ConvShape& s = plan.shape;
  const ptrdiff_t taps = s.kh * s.kw;
  const ptrdiff_t count = s.ic / s.groups;
  const bool merged = plan.taps < taps;
  for (ptrdiff_t g = 0; g < s.groups; ++g) {
    const ptrdiff_t first = g * plan.panels.n;
    // A merged tap holds [kw][channels] of the dense [channels][kh][kw].
    const QWeightSource source{static_cast<const std::uint8_t*>(weights) + first * count * taps,
                               count * taps,
                               merged ? s.kw : 1,
                               count,
                               taps,
                               1};
    q_pack(plan.format, plan.panels, plan.taps, plan.run, source, channels, first,
           static_cast<char*>(packed) + static_cast<size_t>(g) * group_bytes(plan));
  }
}

void qconv_run(const QConvPlan& plan, const QConvArgs& args, ptrdiff_t item_begin,
               ptrdiff_t item_end, void* scratch) {
  const ConvShape& s = plan.shape;
  char* base = static_cast<char*>(scratch);
  QConvRun run = start_run(plan, args, base);
  auto* sums = reinterpret_cast<std::int32_t*>(base + qconv_scratch(plan).sums);

  QTileChunk chunk{};
  chunk.kernel = plan.kernel;
  chunk.table = &q_table_of(*plan.kernel);
  chunk.format = &plan.format;
  chunk.panels = &plan.panels;
  chunk.taps = plan.taps;
  chunk.run = plan.run;
  chunk.whole_quads = plan.mode == QConvMode::gathered;
  chunk.tiles = run.tiles;
  chunk.dst = args.dst;
  chunk.dst_pitch = args.dst_strides.w;
  chunk.residual_pitch = args.residual_strides.w;
  chunk.epilogue = &args.epilogue;

  const ptrdiff_t per_group = plan.panel_groups * plan.chunks;
  ptrdiff_t built = -1;
  for (ptrdiff_t item = item_begin; item < item_end; ++item) {
    const ptrdiff_t group = item / per_group;
    const ptrdiff_t index = item % plan.chunks;
    if (group * plan.chunks + index != built) {
      const PartRange pixels = chunk_range(plan, index);
      run.src = static_cast<const std::uint8_t*>(args.src) +
                group * (s.ic / s.groups) * args.src_channel_stride;
      chunk.tile_count = build_tiles(run, pixels.begin, pixels.count, group);
      if (plan.mode == QConvMode::direct) {
        build_direct(run, pixels.begin, pixels.count, chunk.tile_count);
      } else {
        build_gathered(run, pixels.begin, pixels.count, chunk.tile_count);
      }
      if (plan.format.w_zero_points) {
        q_row_sums(chunk, sums);
        chunk.row_sums = sums;
      }
      built = group * plan.chunks + index;
    }
    chunk.packed =
        static_cast<const char*>(args.packed) + static_cast<size_t>(group) * group_bytes(plan);
    const ptrdiff_t panel = item % per_group / plan.chunks * plan.panel_group;
    q_run_tile_chunk(chunk, panel, std::min(panel + plan.panel_group, plan.panels.count));
  }
}

const char* qconv_name(const QConvPlan& plan) {
#define VERNIER_QCONV(isa, extra, conv_kernel, tile_kernel) \
  if (plan.kernel == &tile_kernel) return #conv_kernel;
#include "backend/cpu/kernels/qconv/kernels.inc"
#undef VERNIER_QCONV
  return plan.kernel->name;
}

}  // namespace vernier
