#pragma once

#include "graph/op_def.h"

namespace vernier {

struct SeluParams final : OpParams {
  float alpha = 1.67326319217681884765625F;
  float gamma = 1.05070102214813232421875F;
};

/// y = gamma * (x <= 0 ? alpha * (e^x - 1) : x).
extern const OpDef selu_op;

}  // namespace vernier
