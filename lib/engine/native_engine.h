#pragma once

#include <memory>
#include <span>

#include "backend/backend.h"
#include "engine/engine.h"

namespace vernier {

/// vernier's own engine in this process. `backends` are all that exist; EngineSettings::backend
/// chooses among them by name, in order ("cpu" runs what it lacks on the reference and says so).
/// EngineSettings::options: `optimize=0` turns the rewriting passes off, `disable=a+b` some of them.
std::unique_ptr<Engine> make_native_engine(std::span<const Backend* const> backends);

}  // namespace vernier
