#pragma once
// Cutting an 8-bit product into items, and running pixel tiles against weight panels. Shared by
// qgemm and qconv.
#include <cstddef>

#include "backend/cpu/kernels/gemm/driver.h"
#include "backend/cpu/kernels/qeltwise/qeltwise.h"
#include "backend/cpu/kernels/qgemm/qgemm.h"

namespace vernier {

// A few consecutive pixels (rows of A) that one register tile computes.
struct QPixelTile {
  const std::uint8_t* const* rows;  // [taps][count]
  ptrdiff_t count;
  ptrdiff_t dst;                 // elements from the chunk's dst to column 0 of the first pixel
  const std::uint8_t* residual;  // column 0 of the first pixel, or null
};

// One chunk of pixels with all that its panels share.
struct QTileChunk {
  const QGemmKernel* kernel;
  const QTableKernel* table;  // read where the epilogue has a table
  const QFormat* format;
  const PanelLayout* panels;
  const void* packed;  // of this group, from q_pack
  ptrdiff_t taps;
  ptrdiff_t run;
  bool whole_quads;  // rows are readable to a multiple of kQuad bytes
  const QPixelTile* tiles;
  ptrdiff_t tile_count;
  void* dst;
  ptrdiff_t dst_pitch;
  ptrdiff_t residual_pitch;
  const QEpilogue* epilogue;
  const std::int32_t* row_sums;  // one a pixel in the order of the tiles, or null
};

PanelLayout q_panel_layout(const QGemmKernel& kernel, ptrdiff_t n);
ptrdiff_t q_tile_rows(const QGemmKernel& kernel, const PanelLayout& panels);
// pixel_bytes: distinct bytes of A that one pixel adds to the footprint of a chunk.
ItemSplit q_split_items(const QGemmKernel& kernel, const PanelLayout& panels, ptrdiff_t m,
                        ptrdiff_t k, ptrdiff_t pixel_bytes);
// Tables of the tier that the row belongs to.
const QTableKernel& q_table_of(const QGemmKernel& kernel);

// Packed weights of one group: start, scale, offset and weight_zero of every column, then panels.
size_t q_packed_bytes(const PanelLayout& panels, ptrdiff_t taps, ptrdiff_t run);
// Element k of a tap of a column: k = outer * inner_count + inner.
struct QWeightSource {
  const std::uint8_t* data;
  ptrdiff_t column_stride, tap_stride;
  ptrdiff_t inner_count, inner_stride, outer_stride;
};
// `first` is the index of the group's column 0 in `channels`.
void q_pack(const QFormat& format, const PanelLayout& panels, ptrdiff_t taps, ptrdiff_t run,
            const QWeightSource& source, const QChannels& channels, ptrdiff_t first, void* packed);

// Sums of u8(rows) - u8(x_zero) over taps and run, one a pixel of the tiles.
void q_row_sums(const QTileChunk& chunk, std::int32_t* sums);

void q_run_tile_chunk(const QTileChunk& chunk, ptrdiff_t panel_begin, ptrdiff_t panel_end);

}  // namespace vernier
