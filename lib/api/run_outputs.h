#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/run_inputs.h"
#include "base/result.h"
#include "engine/engine.h"
#include "vernier/run.h"

namespace vernier {

/// Figures over all elements; nullopt for strings, complex numbers and tensors without elements.
std::optional<ValueStats> measure_values(const Tensor& tensor);

/// Classes and boxes that the options ask for, from the first output; draws the picture.
/// Errors: usage E-OUTPUT-DECODE, invalid_data E-OUTPUT-SHAPE / E-OUTPUT-DTYPE, output.
Result<void> postprocess(const std::vector<NamedTensor>& outputs, const GatheredInputs& inputs,
                         const RunOptions& options, const std::vector<std::string>& labels,
                         RunReport& report);

}  // namespace vernier
