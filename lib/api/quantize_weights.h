#pragma once

#include <string>

#include "base/result.h"
#include "vernier/quantize.h"

namespace vernier {

/// quantize_model with QuantizeOptions::weights_only.
Result<QuantizeReport> quantize_weights_only(const std::string& input, const std::string& output,
                                             const QuantizeOptions& options);

}  // namespace vernier
