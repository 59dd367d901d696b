#pragma once

#include "graph/op_def.h"

namespace vernier {

struct ShrinkParams final : OpParams {
  float bias = 0.0F;
  float lambd = 0.5F;
};

/// y = x < -lambd ? x + bias : (x > lambd ? x - bias : 0); integers are computed in double.
extern const OpDef shrink_op;

}  // namespace vernier
