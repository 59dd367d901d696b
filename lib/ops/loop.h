#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Loop: inputs M?, condition?, initial values...; outputs the final carried values, then one
/// stacked tensor per further body output. Body inputs: iteration number, condition, carried
/// values; body outputs: condition, carried values, scan outputs. Nothing is allocated from M.
extern const OpDef loop_op;

}  // namespace vernier
