#pragma once

#include "ops/cosine_window.h"

namespace vernier {

/// BlackmanWindow: a cosine window with a0 = 0.42, a1 = 0.5, a2 = 0.08. Parameters:
/// CosineWindowParams.
extern const OpDef blackman_window_op;

}  // namespace vernier
