#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Error function.
extern const OpDef erf_op;

}  // namespace vernier
