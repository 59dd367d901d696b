#pragma once

#include "vernier/compare.h"

namespace vernier {

/// Fills the gates from comparisons and outputs.
void gate(const CompareOptions& options, CompareReport& report);

}  // namespace vernier
