#pragma once

#include <cstdint>

#include "graph/graph.h"

namespace vernier {

/// Makes the readers of equal small constants of a graph (each body by itself) read one of them;
/// returns how many are not read any more. Exporters repeat an axis or a shape for every node,
/// each with a name longer than its data.
std::int64_t share_constants(Graph& graph);

}  // namespace vernier
