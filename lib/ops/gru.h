#pragma once

#include "ops/recurrent.h"

namespace vernier {

/// GRU with gates in the order z, r, h: h' = (1 - z) * g(...) + z * h; linear_before_reset decides
/// whether r acts before or after the recurrent projection of h. Parameters: RecurrentParams.
extern const OpDef gru_op;

}  // namespace vernier
