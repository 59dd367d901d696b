#pragma once

#include "backend/backend.h"

namespace vernier {

/// Runs nodes on the CPU's vector units, for the tier in LowerOptions::isa.
const Backend& cpu_backend();

}  // namespace vernier
