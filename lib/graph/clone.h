#pragma once

#include "graph/graph.h"

namespace vernier {

/// A copy whose bodies are copies too, so that inferring or rewriting one leaves the other alone.
/// Tensors and parameters are shared.
Graph clone_graph(const Graph& graph);

}  // namespace vernier
