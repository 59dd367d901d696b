#pragma once

#include "graph/op_def.h"

namespace vernier {

struct BitShiftParams final : OpParams {
  bool left = true;
};

/// Shifts the bits of unsigned integers; a shift by the width or more gives 0.
extern const OpDef bit_shift_op;

}  // namespace vernier
