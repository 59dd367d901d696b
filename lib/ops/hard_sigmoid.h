#pragma once

#include "graph/op_def.h"

namespace vernier {

struct HardSigmoidParams final : OpParams {
  float alpha = 0.2F;
  float beta = 0.5F;
};

/// y = max(0, min(1, alpha * x + beta)).
extern const OpDef hard_sigmoid_op;

}  // namespace vernier
