#pragma once

#include "graph/op_def.h"

namespace vernier {

struct ModParams final : OpParams {
  bool fmod = false;
};

/// Remainder of x / y with numpy.mod's sign (that of y), or C's fmod when `fmod` is set. An integer
/// remainder by zero is an error (E-DATA-VALUE).
extern const OpDef mod_op;

}  // namespace vernier
