#pragma once

#include "vernier/export.h"
#include "vernier/result.h"

namespace vernier {

/// Serves vernier's own engine by docs/worker-protocol.md: requests on descriptor 0, replies on
/// descriptor 1, until "bye" or the end of input. Errors of the engine are replies; the result is
/// an error only when the transport breaks.
VERNIER_API Result<void> serve_own_engine();

}  // namespace vernier
