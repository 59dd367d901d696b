#pragma once

#include "ops/softmax_family.h"

namespace vernier {

/// LogSoftmax: x - max - log(sum(exp(x - max))) along the axis. Parameters: SoftmaxParams.
extern const OpDef log_softmax_op;

}  // namespace vernier
