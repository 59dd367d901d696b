#pragma once

#include "graph/op_def.h"

namespace vernier {

struct ThresholdedReluParams final : OpParams {
  float alpha = 1.0F;
};

/// y = x > alpha ? x : 0; NaN stays.
extern const OpDef thresholded_relu_op;

}  // namespace vernier
