#pragma once

#include "ops/cosine_window.h"

namespace vernier {

/// HammingWindow: a cosine window with a0 = 25.0 / 46.0, a1 = 21.0 / 46.0, a2 = 0.0. Parameters:
/// CosineWindowParams.
extern const OpDef hamming_window_op;

}  // namespace vernier
