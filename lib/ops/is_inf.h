#pragma once

#include "graph/op_def.h"

namespace vernier {

struct IsInfParams final : OpParams {
  bool detect_negative = true;
  bool detect_positive = true;
};

/// True where x is infinite with a sign that is asked for.
extern const OpDef is_inf_op;

}  // namespace vernier
