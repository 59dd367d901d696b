#pragma once

#include "graph/op_def.h"

namespace vernier {

struct SwishParams final : OpParams {
  float alpha = 1.0F;
};

/// y = x * sigmoid(alpha * x).
extern const OpDef swish_op;

}  // namespace vernier
