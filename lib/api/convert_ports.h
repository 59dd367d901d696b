#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "vernier/convert.h"

namespace vernier {

/// Inputs or outputs that have another name in a converted file: old -> new.
using Renames = std::vector<std::pair<std::string, std::string>>;

/// Renames and reorders inputs and outputs. Errors: usage E-CONVERT-PORT for names that the model
/// does not have, orders that do not list every port once, and names that are taken.
Result<void> arrange_ports(Graph& graph, const ConvertOptions& options, ConvertReport& report);

}  // namespace vernier
