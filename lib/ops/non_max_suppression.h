#pragma once

#include "graph/op_def.h"

namespace vernier {

/// NonMaxSuppression: inputs boxes [B,N,4], scores [B,C,N], max_output_boxes_per_class?,
/// iou_threshold?, score_threshold?; output int64 [K,3] of (batch, class, box), best score first
/// within each class, the lower index first among equals.
struct NonMaxSuppressionParams final : OpParams {
  bool center_point_box = false;  ///< boxes are [x, y, width, height] instead of two corners
};
extern const OpDef non_max_suppression_op;

}  // namespace vernier
