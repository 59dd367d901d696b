#pragma once

#include <optional>

#include "graph/graph.h"
#include "quant/linear_quant.h"

namespace vernier {

/// Where all that reads a tensor has stopped to change (HardSwish is 0 below -3); beyond it the
/// tensor's range need not reach. Nothing where a reader never saturates, or there is none.
std::optional<Range> useful_range(const Graph& graph, ValueId id);

}  // namespace vernier
