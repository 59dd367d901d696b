#pragma once

#include <map>
#include <span>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/trial_run.h"
#include "graph/graph.h"
#include "passes/change_precision.h"

namespace vernier {

/// Runs the model once for each set of inputs, nothing fused, and gathers what every float32 value
/// of its main graph holds, inputs included. All values of one run are in memory together.
/// Errors: those of planning and running.
Result<std::map<ValueId, SeenRange>> see_ranges(const Model& model,
                                                std::span<const std::vector<NamedTensor>> inputs,
                                                TrialOptions options);

}  // namespace vernier
