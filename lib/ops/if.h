#pragma once

#include "graph/op_def.h"

namespace vernier {

/// If: runs body 0 (then) or body 1 (else) as the one-element condition says. The bodies have no
/// formal inputs.
extern const OpDef if_op;

}  // namespace vernier
