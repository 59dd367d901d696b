#include "backend/cpu/kernels/qgemm/qgemm.h"

#include <algorithm>

#include "backend/cpu/kernels/qgemm/driver.h"

namespace vernier {
namespace {

struct QGemmScratch {
  size_t table, tiles, sums, total;
};

QGemmScratch qgemm_scratch(ptrdiff_t chunk_rows) {
  QGemmScratch s{};
  const auto rows = static_cast<size_t>(chunk_rows);
  s.tiles = align_scratch(rows * sizeof(const std::uint8_t*));
  s.sums = s.tiles + align_scratch(rows * sizeof(QPixelTile));
  s.total = s.sums + align_scratch(rows * sizeof(std::int32_t));
  return s;
}

}  // namespace

QGemmPlan qgemm_plan(const QGemmKernel& kernel, const QFormat& format, ptrdiff_t m, ptrdiff_t n,
                     ptrdiff_t k) {
  QGemmPlan plan{};
  plan.kernel = &kernel;
  plan.format = format;
  plan.m = m;
  plan.n = n;
  plan.k = k;
  plan.panels = q_panel_layout(kernel, n);
  const ItemSplit split = q_split_items(kernel, plan.panels, m, k, k);
  plan.panel_group = split.panel_group;
  plan.groups = split.groups;
  plan.chunks = split.chunks;
  plan.items = split.groups * split.chunks;
  plan.packed_bytes = q_packed_bytes(plan.panels, 1, k);
  plan.scratch_bytes = qgemm_scratch(split.chunk_pixels).total;
  return plan;
}

void qgemm_pack_b(const QGemmPlan& plan, const void* b, ptrdiff_t row_stride, ptrdiff_t col_stride,
                  const QChannels& channels, void* packed) {
  const QWeightSource source{
      static_cast<const std::uint8_t*>(b), col_stride, 0, plan.k, row_stride, 0};
  q_pack(plan.format, plan.panels, 1, plan.k, source, channels, 0, packed);
}

void qgemm_run(const QGemmPlan& plan, const QGemmArgs& args, ptrdiff_t item_begin,
               ptrdiff_t item_end, void* scratch) {
  const QGemmScratch layout = qgemm_scratch((plan.m + plan.chunks - 1) / plan.chunks);
  char* base = static_cast<char*>(scratch);
  auto* table = reinterpret_cast<const std::uint8_t**>(base + layout.table);
  auto* tiles = reinterpret_cast<QPixelTile*>(base + layout.tiles);
  auto* sums = reinterpret_cast<std::int32_t*>(base + layout.sums);
  const auto* a = static_cast<const std::uint8_t*>(args.a);
  const auto* residual = static_cast<const std::uint8_t*>(args.residual);
  const ptrdiff_t max_rows = q_tile_rows(*plan.kernel, plan.panels);

  QTileChunk chunk{};
  chunk.kernel = plan.kernel;
  chunk.table = &q_table_of(*plan.kernel);
  chunk.format = &plan.format;
  chunk.panels = &plan.panels;
  chunk.packed = args.packed_b;
  chunk.taps = 1;
  chunk.run = plan.k;
  chunk.tiles = tiles;
  chunk.dst = args.c;
  chunk.dst_pitch = args.ldc;
  chunk.residual_pitch = args.ldr;
  chunk.epilogue = &args.epilogue;
  ptrdiff_t built = -1;
  for (ptrdiff_t item = item_begin; item < item_end; ++item) {
    const ptrdiff_t index = item % plan.chunks;
    if (index != built) {
      const PartRange rows = equal_part(plan.m, plan.chunks, index);
      chunk.tile_count = (rows.count + max_rows - 1) / max_rows;
      for (ptrdiff_t r = 0; r < rows.count; ++r) table[r] = a + (rows.begin + r) * args.lda;
      for (ptrdiff_t t = 0; t < chunk.tile_count; ++t) {
        const PartRange part = equal_part(rows.count, chunk.tile_count, t);
        const ptrdiff_t row = rows.begin + part.begin;
        tiles[t] = {table + part.begin, part.count, row * args.ldc,
                    residual != nullptr ? residual + row * args.ldr : nullptr};
      }
      if (plan.format.w_zero_points) {
        q_row_sums(chunk, sums);
        chunk.row_sums = sums;
      }
      built = index;
    }
    const ptrdiff_t panel = item / plan.chunks * plan.panel_group;
    q_run_tile_chunk(chunk, panel, std::min(panel + plan.panel_group, plan.panels.count));
  }
}

}  // namespace vernier
