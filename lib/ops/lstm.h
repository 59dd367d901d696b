#pragma once

#include "ops/recurrent.h"

namespace vernier {

/// LSTM with gates in the order i, o, f, c and peepholes in the order i, o, f:
/// c' = f * c + i * g(...), h' = o * h(c'). Parameters: RecurrentParams.
extern const OpDef lstm_op;

}  // namespace vernier
