#include "backend/cpu/kernels/gemm/gemm.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/kernels/gemm/driver.h"

namespace vernier {
namespace {

struct GemmScratch {
  size_t table, tiles, stage, total;
};

GemmScratch gemm_scratch(const GemmF32Kernel& kernel, ptrdiff_t chunk_rows) {
  GemmScratch s{};
  const auto rows = static_cast<size_t>(chunk_rows);
  s.tiles = align_scratch(rows * sizeof(const float*));
  s.stage = s.tiles + align_scratch(rows * sizeof(PixelTile));
  s.total = s.stage + align_scratch(tile_stage_floats(kernel) * sizeof(float));
  return s;
}

}  // namespace

GemmF32Plan gemm_f32_plan(const GemmF32Kernel& kernel, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
  GemmF32Plan plan{};
  plan.kernel = &kernel;
  plan.m = m;
  plan.n = n;
  plan.k = k;
  plan.panels = panel_layout(kernel, n);
  const ItemSplit split = split_items(kernel, plan.panels, m, k, k);
  plan.panel_group = split.panel_group;
  plan.groups = split.groups;
  plan.chunks = split.chunks;
  plan.items = split.groups * split.chunks;
  plan.packed_floats = static_cast<size_t>(plan.panels.columns()) * static_cast<size_t>(k);
  plan.scratch_bytes = gemm_scratch(kernel, split.chunk_pixels).total;
  return plan;
}

void gemm_f32_pack_b(const GemmF32Plan& plan, const float* b, ptrdiff_t row_stride,
                     ptrdiff_t col_stride, ptrdiff_t panel_begin, ptrdiff_t panel_end,
                     float* packed) {
  // Blocks of k keep a transposed source's lines in L1 while its columns are walked.
  constexpr ptrdiff_t kRowsPerBlock = 64;
  for (ptrdiff_t p = panel_begin; p < panel_end; ++p) {
    const ptrdiff_t column = plan.panels.column(p);
    const ptrdiff_t width = plan.panels.width(p);
    const ptrdiff_t valid = std::min(width, plan.n - column);
    const float* src = b + column * col_stride;
    float* dst = packed + column * plan.k;
    if (valid < width) {
      std::memset(dst, 0, static_cast<size_t>(width * plan.k) * sizeof(float));
    }
    if (col_stride == 1) {
      for (ptrdiff_t k = 0; k < plan.k; ++k) {
        std::memcpy(dst + k * width, src + k * row_stride,
                    static_cast<size_t>(valid) * sizeof(float));
      }
      continue;
    }
    for (ptrdiff_t k0 = 0; k0 < plan.k; k0 += kRowsPerBlock) {
      const ptrdiff_t k1 = std::min(k0 + kRowsPerBlock, plan.k);
      for (ptrdiff_t j = 0; j < valid; ++j) {
        const float* s = src + j * col_stride;
        for (ptrdiff_t k = k0; k < k1; ++k) dst[k * width + j] = s[k * row_stride];
      }
    }
  }
}

void gemm_f32_run(const GemmF32Plan& plan, const GemmF32Args& args, ptrdiff_t item_begin,
                  ptrdiff_t item_end, void* scratch) {
  const GemmScratch layout = gemm_scratch(*plan.kernel, (plan.m + plan.chunks - 1) / plan.chunks);
  char* base = static_cast<char*>(scratch);
  auto* table = reinterpret_cast<const float**>(base + layout.table);
  auto* tiles = reinterpret_cast<PixelTile*>(base + layout.tiles);
  const ptrdiff_t max_rows = tile_rows(*plan.kernel, plan.panels);

  TileChunk chunk{};
  chunk.kernel = plan.kernel;
  chunk.panels = &plan.panels;
  chunk.packed = args.packed_b;
  chunk.taps = 1;
  chunk.run = plan.k;
  chunk.tiles = tiles;
  chunk.dst_pitch = args.ldc;
  chunk.residual_pitch = args.ldr;
  chunk.bias = args.bias;
  chunk.act = args.act;
  chunk.stage = reinterpret_cast<float*>(base + layout.stage);
  ptrdiff_t built = -1;
  for (ptrdiff_t item = item_begin; item < item_end; ++item) {
    const ptrdiff_t index = item % plan.chunks;
    if (index != built) {
      const PartRange rows = equal_part(plan.m, plan.chunks, index);
      chunk.tile_count = (rows.count + max_rows - 1) / max_rows;
      for (ptrdiff_t r = 0; r < rows.count; ++r) table[r] = args.a + (rows.begin + r) * args.lda;
      for (ptrdiff_t t = 0; t < chunk.tile_count; ++t) {
        const PartRange part = equal_part(rows.count, chunk.tile_count, t);
        const ptrdiff_t row = rows.begin + part.begin;
        tiles[t] = {table + part.begin, part.count, args.c + row * args.ldc,
                    args.residual != nullptr ? args.residual + row * args.ldr : nullptr};
      }
      built = index;
    }
    const ptrdiff_t panel = item / plan.chunks * plan.panel_group;
    run_tile_chunk(chunk, panel, std::min(panel + plan.panel_group, plan.panels.count));
  }
}

}  // namespace vernier
