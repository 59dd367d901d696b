#pragma once

#include "ops/recurrent.h"

namespace vernier {

/// RNN: h' = f(W x + Wb + R h + Rb). Parameters: RecurrentParams.
extern const OpDef rnn_op;

}  // namespace vernier
