#pragma once

#include "graph/op_def.h"

namespace vernier {

struct EluParams final : OpParams {
  float alpha = 1.0F;
};

/// y = x < 0 ? alpha * (e^x - 1) : x.
extern const OpDef elu_op;

}  // namespace vernier
