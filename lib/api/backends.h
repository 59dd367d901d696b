#pragma once

#include <memory>
#include <span>

#include "backend/backend.h"
#include "engine/engine.h"

namespace vernier {

/// Every backend of this build: the only list.
std::span<const Backend* const> all_backends();

/// vernier's own engine with all backends, in this process.
std::unique_ptr<Engine> make_own_engine();

}  // namespace vernier
