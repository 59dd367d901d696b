#pragma once

#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// Structural check of a graph and its bodies: ids in range, producers and uses consistent, every
/// value that is read is defined, outputs are defined, arities fit the operators, no cycle,
/// captures parallel to the owning node's captured inputs. Bodies nested deeper than `max_depth`
/// are a limit error. Other errors: internal, E-INTERNAL-GRAPH; a cycle is E-MODEL-CYCLE.
Result<void> verify(const Graph& graph, int max_depth = 32);

}  // namespace vernier
