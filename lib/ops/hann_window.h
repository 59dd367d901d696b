#pragma once

#include "ops/cosine_window.h"

namespace vernier {

/// HannWindow: a cosine window with a0 = 0.5, a1 = 0.5, a2 = 0.0. Parameters: CosineWindowParams.
extern const OpDef hann_window_op;

}  // namespace vernier
