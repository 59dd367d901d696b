#pragma once

#include "ops/conv.h"

namespace vernier {

/// QLinearConv: quantize(conv(dequantize(x), dequantize(w)) + B). Inputs x, x_scale, x_zero, w,
/// w_scale, w_zero, y_scale, y_zero, B? (int32, of scale x_scale * w_scale); the weight's may run
/// over output channels. Parameters: ConvParams.
extern const OpDef qlinear_conv_op;

}  // namespace vernier
