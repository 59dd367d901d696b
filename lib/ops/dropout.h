#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inference only: the input unchanged, and a mask of ones. Inputs: data, ratio, training_mode;
/// training is unsupported unless the ratio is 0.
extern const OpDef dropout_op;

}  // namespace vernier
