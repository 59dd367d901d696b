#pragma once

#include <memory>
#include <string>

#include "engine/native_model.h"
#include "onnx/import.h"
#include "vernier/inspect.h"

namespace vernier {

/// What InspectReport::saturation says, of an imported model. `native` is how it would be run.
/// Errors: of running the model; of the samples (see open_samples); usage when a sample's picture
/// needs a preset that does not exist.
Result<SaturationReport> check_saturation(const Model& model, const SaturationOptions& options,
                                          const std::shared_ptr<MemoryBudget>& budget,
                                          const NativeModelOptions& native);

}  // namespace vernier
