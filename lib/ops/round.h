#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Rounds to the nearest integer, halves to even.
extern const OpDef round_op;

}  // namespace vernier
