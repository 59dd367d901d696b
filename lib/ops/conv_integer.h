#pragma once

#include "ops/conv.h"

namespace vernier {

/// ConvInteger: conv(X - x_zero, W - w_zero) in int32; padding is x_zero. Inputs X, W, x_zero?,
/// w_zero? (one for all or one per output channel). Parameters: ConvParams.
extern const OpDef conv_integer_op;

}  // namespace vernier
