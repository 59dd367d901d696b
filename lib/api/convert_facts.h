#pragma once

#include <cstdint>

#include "graph/graph.h"

namespace vernier {

/// Bytes of the graph's own constants.
std::uint64_t weight_bytes(const Graph& graph);

/// Whether the file states types of values between its nodes.
bool declares_values(const Graph& graph);

}  // namespace vernier
