#pragma once

#include "backend/backend.h"

namespace vernier {

/// Runs every operator by its scalar reference: slow, exact, the oracle of the other backends.
const Backend& reference_backend();

}  // namespace vernier
