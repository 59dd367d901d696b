#pragma once

#include "graph/op_def.h"

namespace vernier {

/// RoiAlign: inputs X [N,C,H,W], rois [R,4] (x1, y1, x2, y2), batch_indices [R]; output
/// [R,C,output_height,output_width], each bin the mean (avg) or the largest weighted neighbour
/// (max) of its bilinear samples.
struct RoiAlignParams final : OpParams {
  bool half_pixel = true;
  bool max_mode = false;
  std::int64_t output_height = 1;
  std::int64_t output_width = 1;
  std::int64_t sampling_ratio = 0;  ///< 0: ceil(bin size)
  float spatial_scale = 1.0F;
};
extern const OpDef roi_align_op;

}  // namespace vernier
