#pragma once

#include "ops/quantization.h"

namespace vernier {

/// DequantizeLinear: (x - zero point) * scale. Inputs x, scale, zero point?; the output dtype is
/// output_dtype, else the scale's. Parameters: QuantParams.
extern const OpDef dequantize_linear_op;

}  // namespace vernier
