#pragma once

#include <map>
#include <string>

#include "graph/graph.h"

namespace vernier {

/// Nodes that compute in floats between quantized tensors: what they read comes from
/// DequantizeLinear and what they make goes to QuantizeLinear, perhaps through other such nodes.
/// Maps the names of those that are left in a rewritten graph to the reason.
std::map<std::string, std::string> float_islands(const Graph& graph);

}  // namespace vernier
