#pragma once

#include "ops/softmax_family.h"

namespace vernier {

/// Softmax: exp(x - max) / sum(exp(x - max)) along the axis. Parameters: SoftmaxParams.
extern const OpDef softmax_op;

}  // namespace vernier
