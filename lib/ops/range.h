#pragma once

#include "graph/op_def.h"

namespace vernier {

/// start, start + delta, ... up to but without limit.
extern const OpDef range_op;

}  // namespace vernier
