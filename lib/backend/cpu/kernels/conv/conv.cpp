#include "backend/cpu/kernels/conv/conv.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/conv/winograd_driver.h"
#include "backend/cpu/kernels/gemm/driver.h"

namespace vernier {
namespace {

// Below this many channels a tap is too short to amortise its row pointers, so kernel rows are
// merged by copying.
constexpr ptrdiff_t kGatherChannels = 16;
// Input rows gathered for one chunk stay in L2.
constexpr ptrdiff_t kGatherFloats = 48 * 1024;

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

struct ConvScratch {
  size_t zeros, table, tiles, origins, stage, rows, total;
};

ConvScratch conv_scratch(const ConvF32Plan& p) {
  const ConvShape& s = p.shape;
  const auto pixels = static_cast<size_t>(p.chunk_pixels);
  ConvScratch l{};
  l.table = align_scratch(static_cast<size_t>(s.ic / s.groups) * sizeof(float));
  l.tiles = l.table + align_scratch(pixels * static_cast<size_t>(p.taps) * sizeof(const float*));
  l.origins = l.tiles + align_scratch(pixels * sizeof(PixelTile));
  l.stage = l.origins + align_scratch(pixels * sizeof(PixelOrigin));
  l.rows = l.stage + align_scratch(tile_stage_floats(*p.kernel) * sizeof(float));
  l.total = l.rows;
  if (p.mode == ConvMode::gathered) {
    const auto rows = static_cast<size_t>(gathered_height(s, p.chunk_rows));
    const auto width = static_cast<size_t>(gathered_width(s));
    l.total += align_scratch(rows * width * static_cast<size_t>(s.ic / s.groups) * sizeof(float));
  }
  return l;
}

// The part of a run that is the same for every item.
struct ConvRun {
  const ConvF32Plan* plan;
  const ConvF32Args* args;
  const float* zeros;
  const float** table;
  PixelTile* tiles;
  PixelOrigin* origins;
  float* rows;
  ptrdiff_t max_rows;
  bool joined_rows;  // output rows follow each other at the pixel pitch, so a tile may cross them
  const float* src;  // of the current group
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

// Cuts the chunk's pixels into tiles of nearly equal height. Row tables follow each other,
// [taps][count] a tile.
ptrdiff_t build_tiles(const ConvRun& r, ptrdiff_t first, ptrdiff_t count, ptrdiff_t group) {
  const ConvF32Plan& plan = *r.plan;
  const ConvShape& s = plan.shape;
  const ConvF32Args& a = *r.args;
  const ptrdiff_t channel = group * (s.oc / s.groups);
  ptrdiff_t tile = 0;
  for (ptrdiff_t done = 0; done < count;) {
    const PixelPos at = pixel_pos(s, first + done);
    const ptrdiff_t stretch = r.joined_rows ? count - done : std::min(count - done, s.ow - at.x);
    const ptrdiff_t parts = (stretch + r.max_rows - 1) / r.max_rows;
    for (ptrdiff_t i = 0; i < parts; ++i) {
      const PartRange part = equal_part(stretch, parts, i);
      const PixelPos pos = pixel_pos(s, first + done + part.begin);
      PixelTile& t = r.tiles[tile++];
      t.rows = r.table + (done + part.begin) * plan.taps;
      t.count = part.count;
      t.dst = a.dst + pos.n * a.dst_strides.n + pos.y * a.dst_strides.h + pos.x * a.dst_strides.w +
              channel;
      t.residual = a.residual == nullptr
                       ? nullptr
                       : a.residual + pos.n * a.residual_strides.n + pos.y * a.residual_strides.h +
                             pos.x * a.residual_strides.w + channel;
    }
    done += stretch;
  }
  return tile;
}

// Direct mode: row pointers of one tile into src, or to the zeros where a tap falls into the
// padding.
void fill_direct(const ConvRun& r, const PixelOrigin* origin, ptrdiff_t count, const float** rows) {
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

void build_direct(const ConvRun& r, ptrdiff_t first, ptrdiff_t count, ptrdiff_t tile_count) {
  const ConvShape& s = r.plan->shape;
  const NhwcStrides& st = r.args->src_strides;
  PixelPos at = pixel_pos(s, first);
  for (ptrdiff_t p = 0; p < count; ++p) {
    const ptrdiff_t y = at.y * s.stride_h - s.pad_top;
    const ptrdiff_t x = at.x * s.stride_w - s.pad_left;
    r.origins[p] = {at.n * st.n + y * st.h + x * st.w, y, x};
    if (++at.x == s.ow) {
      at.x = 0;
      if (++at.y == s.oh) {
        at.y = 0;
        ++at.n;
      }
    }
  }
  const PixelOrigin* origin = r.origins;
  const float** rows = r.table;
  for (ptrdiff_t t = 0; t < tile_count; ++t) {
    fill_direct(r, origin, r.tiles[t].count, rows);
    origin += r.tiles[t].count;
    rows += r.tiles[t].count * r.plan->taps;
  }
}

// Copies `count` pixels of `channels` channels to dense storage.
void gather_pixels(const float* src, ptrdiff_t pitch, ptrdiff_t channel_stride, ptrdiff_t channels,
                   ptrdiff_t count, float* dst) {
  if (channel_stride == 1 && pitch == channels) {
    std::memcpy(dst, src, static_cast<size_t>(count * channels) * sizeof(float));
  } else if (channels == 3) {
    const float* c0 = src;
    const float* c1 = src + channel_stride;
    const float* c2 = src + 2 * channel_stride;
    for (ptrdiff_t x = 0; x < count; ++x) {
      dst[3 * x] = c0[x * pitch];
      dst[3 * x + 1] = c1[x * pitch];
      dst[3 * x + 2] = c2[x * pitch];
    }
  } else if (channel_stride == 1) {
    for (ptrdiff_t x = 0; x < count; ++x) {
      std::memcpy(dst + x * channels, src + x * pitch,
                  static_cast<size_t>(channels) * sizeof(float));
    }
  } else {
    for (ptrdiff_t c = 0; c < channels; ++c) {
      for (ptrdiff_t x = 0; x < count; ++x)
        dst[x * channels + c] = src[c * channel_stride + x * pitch];
    }
  }
}

// Gathered mode: the zero-padded input rows of output rows [y, y + rows) of image n, then row
// pointers into them.
void build_gathered(const ConvRun& r, ptrdiff_t first, ptrdiff_t count, ptrdiff_t tile_count) {
  const ConvShape& s = r.plan->shape;
  const ConvF32Args& a = *r.args;
  const ptrdiff_t channels = s.ic / s.groups;
  const ptrdiff_t width = gathered_width(s);
  const PixelPos at = pixel_pos(s, first);
  const ptrdiff_t rows = gathered_height(s, count / s.ow);
  const ptrdiff_t left = std::min(s.pad_left, width);
  const ptrdiff_t inside = std::min(s.iw, width - left);
  for (ptrdiff_t i = 0; i < rows; ++i) {
    float* dst = r.rows + i * width * channels;
    const ptrdiff_t y = at.y * s.stride_h - s.pad_top + i;
    if (y < 0 || y >= s.ih) {
      std::memset(dst, 0, static_cast<size_t>(width * channels) * sizeof(float));
      continue;
    }
    std::memset(dst, 0, static_cast<size_t>(left * channels) * sizeof(float));
    gather_pixels(r.src + at.n * a.src_strides.n + y * a.src_strides.h, a.src_strides.w,
                  a.src_channel_stride, channels, inside, dst + left * channels);
    std::memset(dst + (left + inside) * channels, 0,
                static_cast<size_t>((width - left - inside) * channels) * sizeof(float));
  }

  const ptrdiff_t taps_x = r.plan->taps / s.kh;
  const float** table = r.table;
  ptrdiff_t pixel = 0;
  for (ptrdiff_t t = 0; t < tile_count; ++t) {
    const ptrdiff_t mr = r.tiles[t].count;
    for (ptrdiff_t m = 0; m < mr; ++m, ++pixel) {
      const float* base =
          r.rows + (pixel / s.ow * s.stride_h * width + pixel % s.ow * s.stride_w) * channels;
      for (ptrdiff_t ky = 0; ky < s.kh; ++ky) {
        for (ptrdiff_t kx = 0; kx < taps_x; ++kx) {
          table[(ky * taps_x + kx) * mr + m] =
              base + (ky * s.dilation_h * width + kx * s.dilation_w) * channels;
        }
      }
    }
    table += mr * r.plan->taps;
  }
}

PartRange chunk_range(const ConvF32Plan& plan, ptrdiff_t chunk) {
  const ConvShape& s = plan.shape;
  if (plan.mode == ConvMode::direct) return equal_part(s.n * s.oh * s.ow, plan.chunks, chunk);
  const ptrdiff_t per_image = plan.chunks / s.n;
  const PartRange rows = equal_part(s.oh, per_image, chunk % per_image);
  return {(chunk / per_image * s.oh + rows.begin) * s.ow, rows.count * s.ow};
}

}  // namespace

ConvF32Plan conv_f32_plan(const GemmF32Kernel& kernel, const ConvShape& shape, bool dense_channels,
                          const WinogradF32Kernel* winograd) {
  ConvF32Plan plan{};
  const ptrdiff_t channels = shape.ic / shape.groups;
  const bool short_taps =
      channels < kGatherChannels && shape.kw > 1 && shape.dilation_w == 1 && shape.groups == 1;
  plan.kernel = &kernel;
  plan.shape = shape;
  plan.mode = !dense_channels || short_taps ? ConvMode::gathered : ConvMode::direct;
  const bool merged = plan.mode == ConvMode::gathered && shape.dilation_w == 1;
  plan.taps = merged ? shape.kh : shape.kh * shape.kw;
  plan.run = merged ? shape.kw * channels : channels;
  plan.panels = panel_layout(kernel, shape.oc / shape.groups);
  if (winograd != nullptr && winograd_applies(shape, dense_channels)) {
    plan.winograd = winograd;
    winograd_plan(&plan);
    return plan;
  }

  const ptrdiff_t k = plan.taps * plan.run;
  const ptrdiff_t pixels = shape.n * shape.oh * shape.ow;
  const ItemSplit split = split_items(kernel, plan.panels, pixels, k, channels);
  plan.panel_group = split.panel_group;
  plan.panel_groups = split.groups;
  plan.chunks = split.chunks;
  plan.chunk_pixels = split.chunk_pixels;
  if (plan.mode == ConvMode::gathered) {
    const ptrdiff_t row_floats = gathered_width(shape) * channels * shape.stride_h;
    const ptrdiff_t by_cache = kGatherFloats / row_floats;
    const ptrdiff_t by_split = plan.chunk_pixels / shape.ow;
    const ptrdiff_t rows = std::clamp<ptrdiff_t>(std::min(by_cache, by_split), 1, shape.oh);
    const ptrdiff_t per_image = (shape.oh + rows - 1) / rows;
    plan.chunk_rows = (shape.oh + per_image - 1) / per_image;
    plan.chunks = per_image * shape.n;
    plan.chunk_pixels = plan.chunk_rows * shape.ow;
  }
  plan.items = shape.groups * plan.panel_groups * plan.chunks;
  plan.packed_floats = static_cast<size_t>(shape.groups) *
                       static_cast<size_t>(plan.panels.columns()) * static_cast<size_t>(k);
  plan.scratch_bytes = conv_scratch(plan).total;
  return plan;
}

void conv_f32_pack(const ConvF32Plan& plan, const float* weights, float* packed) {
  if (plan.mode == ConvMode::winograd) return winograd_pack(plan, weights, packed);
  const ConvShape& s = plan.shape;
  const ptrdiff_t channels = s.ic / s.groups;
  const ptrdiff_t taps = s.kh * s.kw;
  const ptrdiff_t k = taps * channels;
  for (ptrdiff_t g = 0; g < s.groups; ++g) {
    const float* group = weights + g * plan.panels.n * k;
    float* group_dst = packed + g * plan.panels.columns() * k;
    for (ptrdiff_t p = 0; p < plan.panels.count; ++p) {
      const ptrdiff_t column = plan.panels.column(p);
      const ptrdiff_t width = plan.panels.width(p);
      const ptrdiff_t valid = std::min(width, plan.panels.n - column);
      float* dst = group_dst + column * k;
      if (valid < width) std::memset(dst, 0, static_cast<size_t>(width * k) * sizeof(float));
      for (ptrdiff_t c = 0; c < channels; ++c) {
        for (ptrdiff_t t = 0; t < taps; ++t) {
          const float* src = group + column * k + c * taps + t;
          float* row = dst + (t * channels + c) * width;
          for (ptrdiff_t j = 0; j < valid; ++j) row[j] = src[j * k];
        }
      }
    }
  }
}

void conv_f32_run(const ConvF32Plan& plan, const ConvF32Args& args, ptrdiff_t item_begin,
                  ptrdiff_t item_end, void* scratch) {
  if (plan.mode == ConvMode::winograd)
    return winograd_run(plan, args, item_begin, item_end, scratch);
  const ConvShape& s = plan.shape;
  const ConvScratch layout = conv_scratch(plan);
  char* base = static_cast<char*>(scratch);
  std::memset(base, 0, static_cast<size_t>(s.ic / s.groups) * sizeof(float));

  ConvRun run{};
  run.plan = &plan;
  run.args = &args;
  run.zeros = reinterpret_cast<const float*>(base + layout.zeros);
  run.table = reinterpret_cast<const float**>(base + layout.table);
  run.tiles = reinterpret_cast<PixelTile*>(base + layout.tiles);
  run.origins = reinterpret_cast<PixelOrigin*>(base + layout.origins);
  run.rows = reinterpret_cast<float*>(base + layout.rows);
  run.max_rows = tile_rows(*plan.kernel, plan.panels);
  run.joined_rows = rows_joined(args.dst_strides, s) &&
                    (args.residual == nullptr || rows_joined(args.residual_strides, s));

  TileChunk chunk{};
  chunk.kernel = plan.kernel;
  chunk.panels = &plan.panels;
  chunk.taps = plan.taps;
  chunk.run = plan.run;
  chunk.tiles = run.tiles;
  chunk.dst_pitch = args.dst_strides.w;
  chunk.residual_pitch = args.residual_strides.w;
  chunk.act = args.act;
  chunk.stage = reinterpret_cast<float*>(base + layout.stage);

  const ptrdiff_t group_floats = plan.panels.columns() * plan.taps * plan.run;
  const ptrdiff_t per_group = plan.panel_groups * plan.chunks;
  ptrdiff_t built = -1;
  for (ptrdiff_t item = item_begin; item < item_end; ++item) {
    const ptrdiff_t group = item / per_group;
    const ptrdiff_t index = item % plan.chunks;
    if (group * plan.chunks + index != built) {
      const PartRange pixels = chunk_range(plan, index);
      run.src = args.src + group * (s.ic / s.groups) * args.src_channel_stride;
      chunk.tile_count = build_tiles(run, pixels.begin, pixels.count, group);
      if (plan.mode == ConvMode::direct) {
        build_direct(run, pixels.begin, pixels.count, chunk.tile_count);
      } else {
        build_gathered(run, pixels.begin, pixels.count, chunk.tile_count);
      }
      built = group * plan.chunks + index;
    }
    chunk.packed = args.packed + group * group_floats;
    chunk.bias = args.bias != nullptr ? args.bias + group * plan.panels.n : nullptr;
    const ptrdiff_t panel = item % per_group / plan.chunks * plan.panel_group;
    run_tile_chunk(chunk, panel, std::min(panel + plan.panel_group, plan.panels.count));
  }
}

const char* conv_f32_name(const ConvF32Plan& plan) {
  if (plan.mode == ConvMode::winograd) return plan.winograd->name;
#define VERNIER_CONV_F32(isa, conv_kernel, tile_kernel) \
  if (plan.kernel == &tile_kernel) return #conv_kernel;
#include "backend/cpu/kernels/conv/kernels.inc"
#undef VERNIER_CONV_F32
  return plan.kernel->name;
}

}  // namespace vernier
