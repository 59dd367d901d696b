#pragma once

#include "ops/softmax_family.h"

namespace vernier {

/// Hardmax: 1 at the first largest element along the axis, 0 elsewhere. Parameters: SoftmaxParams.
extern const OpDef hardmax_op;

}  // namespace vernier
