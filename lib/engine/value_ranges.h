#pragma once

#include <map>
#include <memory>
#include <span>

#include "backend/backend.h"
#include "base/result.h"
#include "engine/engine.h"
#include "graph/graph.h"
#include "passes/change_precision.h"

namespace vernier {

/// Runs the model once for each set of inputs, nothing fused, and gathers what every float32 value
/// of its main graph holds, inputs included. All values of one run are in memory together.
/// Errors: those of planning and running.
Result<std::map<ValueId, SeenRange>> see_ranges(const Model& model,
                                                std::span<const std::vector<NamedTensor>> inputs,
                                                std::span<const Backend* const> backends,
                                                int threads, std::uint64_t max_memory_bytes);

}  // namespace vernier
