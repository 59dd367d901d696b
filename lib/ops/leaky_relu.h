#pragma once

#include "graph/op_def.h"

namespace vernier {

struct LeakyReluParams final : OpParams {
  float alpha = 0.01F;
};

/// y = x < 0 ? alpha * x : x.
extern const OpDef leaky_relu_op;

}  // namespace vernier
