#pragma once

#include <span>
#include <vector>

#include "base/dtype.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/trial_run.h"
#include "graph/graph.h"
#include "passes/change_precision.h"

namespace vernier {

/// What rounding single values does to the outputs: for each of `constants` (float32 constants) the
/// largest relative L2 of any output, as the root of the mean square over all sets of inputs, when
/// this constant alone is rounded to `to` (float16 or bfloat16) and computation stays in float32.
/// Runs the model once per set and constant that rounding changes. Errors: those of planning and
/// running.
Result<std::vector<double>> rounding_effects(const Model& model,
                                             std::span<const PlacedValue> constants, DType to,
                                             std::span<const std::vector<NamedTensor>> inputs,
                                             const TrialOptions& options);

}  // namespace vernier
