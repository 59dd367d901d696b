#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "engine/engine.h"

namespace vernier {

/// vernier's own engine in this process. `backends` are all that exist; EngineSettings::backend
/// chooses among them by name, in order ("cpu" runs what it lacks on the reference and says so).
/// EngineSettings::options: `optimize=0` turns the rewriting passes off, `disable=a+b` some of
/// them; `fixed_shapes=1` promises that the first shapes bound are the only ones, so that what
/// planning other shapes would need is freed.
std::unique_ptr<Engine> make_native_engine(std::span<const Backend* const> backends);

/// The backends that a comma-separated list names, in order; a list that ends in "cpu" brings the
/// reference along for what it lacks. Errors: usage for an unknown name, device E-DEVICE-ABSENT for
/// one that this build or machine does not have.
Result<std::vector<const Backend*>> choose_backends(std::span<const Backend* const> all,
                                                    const std::string& names);

}  // namespace vernier
