#pragma once
// Cutting a product into items, and running pixel tiles against weight panels. Shared by gemm and
// conv.
#include <cstddef>

#include "backend/cpu/kernels/gemm/gemm.h"

namespace vernier {

// A few consecutive pixels (rows of A) that one register tile computes.
struct PixelTile {
  const float* const* rows;  // [taps][count]
  ptrdiff_t count;
  float* dst;             // column 0 of the first pixel
  const float* residual;  // likewise, or null
};

// One chunk of pixels with all that its panels share.
struct TileChunk {
  const GemmF32Kernel* kernel;
  const PanelLayout* panels;
  const float* packed;
  ptrdiff_t taps;
  ptrdiff_t run;
  const PixelTile* tiles;
  ptrdiff_t tile_count;
  ptrdiff_t dst_pitch;
  ptrdiff_t residual_pitch;
  const float* bias;
  ActivationF32 act;
  float* stage;  // tile_stage_floats(kernel)
};

// Room for one staged tile of dst, of residual, and one row of bias, for a panel that reaches
// beyond n.
size_t tile_stage_floats(const GemmF32Kernel& kernel);

void run_tile_chunk(const TileChunk& chunk, ptrdiff_t panel_begin, ptrdiff_t panel_end);

// Rows of the tallest tile that all panels of the layout have.
ptrdiff_t tile_rows(const GemmF32Kernel& kernel, const PanelLayout& panels);

// Start and size of part `index` of `total` cut into `parts` as equal as possible, longer ones
// first.
struct PartRange {
  ptrdiff_t begin;
  ptrdiff_t count;
};
inline PartRange equal_part(ptrdiff_t total, ptrdiff_t parts, ptrdiff_t index) {
  const ptrdiff_t base = total / parts;
  const ptrdiff_t extra = total % parts;
  return {index * base + (index < extra ? index : extra), base + (index < extra ? 1 : 0)};
}

// How m pixels x n channels over k are split into items: panel groups (outer) times pixel chunks
// (inner).
struct ItemSplit {
  ptrdiff_t panel_group;
  ptrdiff_t groups;
  ptrdiff_t chunk_pixels;  // the most pixels of one chunk
  ptrdiff_t chunks;
};
// pixel_floats: distinct floats of A that one pixel adds to the footprint of a chunk.
ItemSplit split_items(const GemmF32Kernel& kernel, const PanelLayout& panels, ptrdiff_t m,
                      ptrdiff_t k, ptrdiff_t pixel_floats);

constexpr size_t kScratchAlign = 64;
constexpr size_t align_scratch(size_t bytes) {
  return (bytes + kScratchAlign - 1) / kScratchAlign * kScratchAlign;
}

}  // namespace vernier
