#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Inverse sine.
extern const OpDef asin_op;

}  // namespace vernier
