#pragma once

#include "graph/op_def.h"

namespace vernier {

/// DynamicQuantizeLinear: x float -> y uint8, scale float, zero point uint8. The range of x,
/// widened to hold 0, is mapped onto 0..255; arithmetic in float.
extern const OpDef dynamic_quantize_linear_op;

}  // namespace vernier
