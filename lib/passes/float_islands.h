#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace vernier {

/// By node: true when what it reads comes from DequantizeLinear and what it makes goes to
/// QuantizeLinear, perhaps through other float nodes. Dequantized constants (weights) do not count.
std::vector<bool> between_quantized(const Graph& graph);

/// Nodes that compute in floats between quantized tensors: what they read comes from
/// DequantizeLinear and what they make goes to QuantizeLinear, perhaps through other such nodes.
/// Maps the names of those that are left in a rewritten graph to the reason.
std::map<std::string, std::string> float_islands(const Graph& graph);

}  // namespace vernier
