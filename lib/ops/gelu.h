#pragma once

#include "graph/op_def.h"

namespace vernier {

struct GeluParams final : OpParams {
  bool tanh_approximation = false;
};

/// Gaussian error linear unit, exact (erf) or with the tanh approximation.
extern const OpDef gelu_op;

}  // namespace vernier
