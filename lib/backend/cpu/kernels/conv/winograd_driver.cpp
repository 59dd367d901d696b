#include "backend/cpu/kernels/conv/winograd_driver.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "backend/cpu/kernels/gemm/driver.h"

namespace vernier {
namespace {

// Below these channel counts the transforms cost more than the products save.
constexpr ptrdiff_t kMinInChannels = 32;
constexpr ptrdiff_t kMinOutChannels = 24;
// A point's weights are read once a chunk: with fewer tiles than this the stream of weights is the
// bottleneck.
constexpr ptrdiff_t kMinTiles = 9;
// Transformed input and output of a chunk stay in L2 together.
constexpr ptrdiff_t kChunkFloats = 160 * 1024;
constexpr ptrdiff_t kTargetItems = 16;
constexpr ptrdiff_t kMinChunkTiles = 12;

ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

ptrdiff_t tile_total(const ConvShape& s) {
  return s.n * ceil_div(s.oh, kWinogradTile) * ceil_div(s.ow, kWinogradTile);
}

ptrdiff_t lane_pitch(const ConvF32Plan& plan) {
  const ptrdiff_t lanes = plan.winograd->lanes;
  return ceil_div(plan.shape.ic, lanes) * lanes;
}

// The widest panel, rounded up so that whole vectors can be read from its products.
ptrdiff_t product_pitch(const ConvF32Plan& plan) {
  const ptrdiff_t lanes = plan.winograd->lanes;
  return ceil_div(plan.panels.width(0), lanes) * lanes;
}

struct WinogradScratch {
  size_t zeros, rows, input, product, bias, total;
};

WinogradScratch winograd_scratch(const ConvF32Plan& plan) {
  const auto tiles = static_cast<size_t>(plan.chunk_pixels);
  const auto pitch = static_cast<size_t>(lane_pitch(plan));
  WinogradScratch s{};
  s.rows = align_scratch(pitch * sizeof(float));
  s.input = s.rows + align_scratch(tiles * sizeof(const float*));
  s.product = s.input + align_scratch(kWinogradPoints * tiles * pitch * sizeof(float));
  s.total = s.product + align_scratch(kWinogradPoints * tiles *
                                      static_cast<size_t>(product_pitch(plan)) * sizeof(float));
  return s;
}

struct TilePos {
  ptrdiff_t n, y, x;  // image, first output row and column
};
TilePos tile_pos(const ConvShape& s, ptrdiff_t tile) {
  const ptrdiff_t across = ceil_div(s.ow, kWinogradTile);
  const ptrdiff_t down = ceil_div(s.oh, kWinogradTile);
  return {tile / (across * down), tile / across % down * kWinogradTile,
          tile % across * kWinogradTile};
}

struct WinogradRun {
  const ConvF32Plan* plan;
  const ConvF32Args* args;
  const float* zeros;
  const float** rows;
  float* input;    // [36][tiles][lane_pitch]
  float* product;  // [36][tiles][product_pitch]
};

void transform_input(const WinogradRun& r, const PartRange& tiles) {
  const ConvShape& s = r.plan->shape;
  const NhwcStrides& st = r.args->src_strides;
  const ptrdiff_t pitch = lane_pitch(*r.plan);
  const float* patch[kWinogradPoints];
  WinogradInputArgs in{};
  in.patch = patch;
  in.channels = s.ic;
  in.point_stride = tiles.count * pitch;
  for (ptrdiff_t t = 0; t < tiles.count; ++t) {
    const TilePos pos = tile_pos(s, tiles.begin + t);
    for (ptrdiff_t i = 0; i < kWinogradPoints; ++i) {
      const ptrdiff_t y = pos.y - s.pad_top + i / kWinogradPatch;
      const ptrdiff_t x = pos.x - s.pad_left + i % kWinogradPatch;
      const bool inside = y >= 0 && y < s.ih && x >= 0 && x < s.iw;
      patch[i] = inside ? r.args->src + (pos.n * st.n + y * st.h + x * st.w) : r.zeros;
    }
    r.rows[t] = r.input + t * pitch;
    in.dst = r.input + t * pitch;
    r.plan->winograd->input(in);
  }
}

// The 36 products of one panel: [tiles x ic] * [ic x width].
void multiply_panel(const WinogradRun& r, const PartRange& tiles, ptrdiff_t panel) {
  const ConvF32Plan& plan = *r.plan;
  const ptrdiff_t width = plan.panels.width(panel);
  const ptrdiff_t ic = plan.shape.ic;
  const ptrdiff_t granules = width / plan.panels.granule;
  const ptrdiff_t pitch = product_pitch(plan);
  const ptrdiff_t parts = ceil_div(tiles.count, plan.kernel->max_rows[granules - 1]);
  GemmTileArgs args{};
  args.taps = 1;
  args.run = ic;
  args.dst_pitch = pitch;
  for (ptrdiff_t point = 0; point < kWinogradPoints; ++point) {
    args.row_offset = point * tiles.count * lane_pitch(plan);
    args.panel = r.args->packed + (point * plan.panels.columns() + plan.panels.column(panel)) * ic;
    for (ptrdiff_t i = 0; i < parts; ++i) {
      const PartRange part = equal_part(tiles.count, parts, i);
      args.rows = r.rows + part.begin;
      args.dst = r.product + (point * tiles.count + part.begin) * pitch;
      plan.kernel->tiles[granules - 1][part.count - 1](args);
    }
  }
}

void transform_output(const WinogradRun& r, const PartRange& tiles, ptrdiff_t panel) {
  const ConvF32Plan& plan = *r.plan;
  const ConvF32Args& a = *r.args;
  const ConvShape& s = plan.shape;
  const ptrdiff_t pitch = product_pitch(plan);
  const ptrdiff_t column = plan.panels.column(panel);
  WinogradOutputArgs out{};
  out.point_stride = tiles.count * pitch;
  out.channels = std::min(plan.panels.width(panel), s.oc - column);
  out.bias = a.bias != nullptr ? a.bias + column : nullptr;
  out.residual_h = a.residual_strides.h;
  out.residual_w = a.residual_strides.w;
  out.dst_h = a.dst_strides.h;
  out.dst_w = a.dst_strides.w;
  out.clip = activation_is_clamp(a.act.kind);
  out.lo = a.act.kind == ActivationKind::relu ? 0.0F : a.act.alpha;
  out.hi = a.act.kind == ActivationKind::relu ? std::numeric_limits<float>::infinity() : a.act.beta;
  for (ptrdiff_t t = 0; t < tiles.count; ++t) {
    const TilePos pos = tile_pos(s, tiles.begin + t);
    out.src = r.product + t * pitch;
    out.rows = std::min(kWinogradTile, s.oh - pos.y);
    out.columns = std::min(kWinogradTile, s.ow - pos.x);
    out.dst = a.dst + pos.n * a.dst_strides.n + pos.y * out.dst_h + pos.x * out.dst_w + column;
    if (a.residual != nullptr) {
      out.residual = a.residual + pos.n * a.residual_strides.n + pos.y * out.residual_h +
                     pos.x * out.residual_w + column;
    }
    plan.winograd->output(out);
    if (a.act.kind == ActivationKind::none || out.clip) continue;
    for (ptrdiff_t y = 0; y < out.rows; ++y) {
      plan.kernel->activate(a.act, out.dst + y * out.dst_h, out.dst_w, out.columns, out.channels);
    }
  }
}

}  // namespace

bool winograd_applies(const ConvShape& s, bool dense_channels) {
  return dense_channels && s.groups == 1 && s.kh == 3 && s.kw == 3 && s.stride_h == 1 &&
         s.stride_w == 1 && s.dilation_h == 1 && s.dilation_w == 1 && s.ic >= kMinInChannels &&
         s.oc >= kMinOutChannels && s.oh >= kWinogradTile && s.ow >= kWinogradTile &&
         tile_total(s) >= kMinTiles;
}

void winograd_plan(ConvF32Plan* plan) {
  const ConvShape& s = plan->shape;
  const ptrdiff_t tiles = tile_total(s);
  const ptrdiff_t tile_floats = kWinogradPoints * (lane_pitch(*plan) + product_pitch(*plan));
  plan->mode = ConvMode::winograd;
  plan->taps = 1;
  plan->run = s.ic;
  plan->panel_group = 1;
  plan->panel_groups = plan->panels.count;
  plan->chunks = ceil_div(tiles, std::max<ptrdiff_t>(kChunkFloats / tile_floats, kMinChunkTiles));
  const ptrdiff_t wanted = ceil_div(kTargetItems, plan->panels.count);
  plan->chunks = std::max(plan->chunks, std::min(wanted, tiles / kMinChunkTiles));
  plan->chunk_pixels = ceil_div(tiles, plan->chunks);
  plan->items = plan->chunks * plan->panels.count;
  plan->packed_floats = static_cast<size_t>(kWinogradPoints * plan->panels.columns() * s.ic);
  plan->scratch_bytes = winograd_scratch(*plan).total;
}

void winograd_pack(const ConvF32Plan& plan, const float* weights, float* packed) {
  constexpr double kA = 0.75;
  constexpr double kB = 1.5;
  constexpr double kA2 = kA * kA;
  constexpr double kB2 = kB * kB;
  // Row i of G: powers of point i over the product of its distances to the other points.
  constexpr double kFA = 1.0 / (2.0 * kA2 * (kA2 - kB2));
  constexpr double kFB = 1.0 / (2.0 * kB2 * (kB2 - kA2));
  constexpr double kG[kWinogradPatch][3] = {{1.0 / (kA2 * kB2), 0, 0},   {kFA, kA * kFA, kA2 * kFA},
                                            {kFA, -kA * kFA, kA2 * kFA}, {kFB, kB * kFB, kB2 * kFB},
                                            {kFB, -kB * kFB, kB2 * kFB}, {0, 0, 1.0}};
  const ptrdiff_t ic = plan.shape.ic;
  std::memset(packed, 0, plan.packed_floats * sizeof(float));
  for (ptrdiff_t p = 0; p < plan.panels.count; ++p) {
    const ptrdiff_t column = plan.panels.column(p);
    const ptrdiff_t width = plan.panels.width(p);
    const ptrdiff_t valid = std::min(width, plan.shape.oc - column);
    for (ptrdiff_t c = 0; c < ic; ++c) {
      for (ptrdiff_t j = 0; j < valid; ++j) {
        const float* g = weights + ((column + j) * ic + c) * 9;
        double rows[kWinogradPatch][3];
        for (ptrdiff_t i = 0; i < kWinogradPatch; ++i) {
          for (ptrdiff_t x = 0; x < 3; ++x) {
            rows[i][x] = kG[i][0] * static_cast<double>(g[x]) +
                         kG[i][1] * static_cast<double>(g[3 + x]) +
                         kG[i][2] * static_cast<double>(g[6 + x]);
          }
        }
        for (ptrdiff_t point = 0; point < kWinogradPoints; ++point) {
          const double* r = rows[point / kWinogradPatch];
          const double* k = kG[point % kWinogradPatch];
          packed[(point * plan.panels.columns() + column) * ic + c * width + j] =
              static_cast<float>(r[0] * k[0] + r[1] * k[1] + r[2] * k[2]);
        }
      }
    }
  }
}

void winograd_run(const ConvF32Plan& plan, const ConvF32Args& args, ptrdiff_t item_begin,
                  ptrdiff_t item_end, void* scratch) {
  const WinogradScratch layout = winograd_scratch(plan);
  char* base = static_cast<char*>(scratch);
  std::memset(base, 0, static_cast<size_t>(lane_pitch(plan)) * sizeof(float));
  WinogradRun run{};
  run.plan = &plan;
  run.args = &args;
  run.zeros = reinterpret_cast<const float*>(base + layout.zeros);
  run.rows = reinterpret_cast<const float**>(base + layout.rows);
  run.input = reinterpret_cast<float*>(base + layout.input);
  run.product = reinterpret_cast<float*>(base + layout.product);
  ptrdiff_t built = -1;
  for (ptrdiff_t item = item_begin; item < item_end; ++item) {
    const ptrdiff_t chunk = item / plan.panels.count;
    const ptrdiff_t panel = item % plan.panels.count;
    const PartRange tiles = equal_part(tile_total(plan.shape), plan.chunks, chunk);
    if (chunk != built) transform_input(run, tiles);
    built = chunk;
    multiply_panel(run, tiles, panel);
    transform_output(run, tiles, panel);
  }
}

}  // namespace vernier
