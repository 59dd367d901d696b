#pragma once

#include <string>

#include "graph/graph.h"

namespace vernier {

/// Text of a graph for people: inputs, one line per node in topological order, outputs; bodies
/// follow as sections of their own. Constants show their type and, when small, their elements. The
/// text is escaped for terminals. A graph with a cycle is printed in id order.
std::string print(const Graph& graph);

/// One node: `%12 conv1: float[1,64,112,112] = Conv(%0 x, %1 w) {strides=[2,2]}`.
std::string print_node(const Graph& graph, NodeId id);

}  // namespace vernier
