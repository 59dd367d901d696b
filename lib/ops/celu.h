#pragma once

#include "graph/op_def.h"

namespace vernier {

struct CeluParams final : OpParams {
  float alpha = 1.0F;
};

/// y = max(0, x) + min(0, alpha * (e^(x / alpha) - 1)).
extern const OpDef celu_op;

}  // namespace vernier
