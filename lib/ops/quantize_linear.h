#pragma once

#include "ops/quantization.h"

namespace vernier {

/// QuantizeLinear: saturate(round-half-even(x / scale) + zero point). Inputs x, scale, zero point?;
/// the output dtype is the zero point's, else output_dtype, else uint8. Parameters: QuantParams.
extern const OpDef quantize_linear_op;

}  // namespace vernier
