#pragma once

#include <string>
#include <vector>

#include "backend/backend.h"
#include "graph/graph.h"
#include "plan/planner.h"

namespace vernier {

/// Who runs one node, decided before any layout.
struct NodeAssignment {
  NodeId id = NodeId::none;
  bool view = false;                 ///< no step: outputs are windows into the input
  bool concat = false;               ///< no step of its own: parts are placed or copied
  const Backend* backend = nullptr;  ///< null for views and concats
  bool dynamic = false;              ///< an operand's shape is known only at run time
  std::string kernel;                ///< family name given by Backend::supports
  std::string reason;                ///< why earlier backends did not take it
  std::vector<ValueDesc> inputs;     ///< formal inputs; strides dense for now
  std::vector<ValueDesc> outputs;
};

/// Nodes in execution order with their assignment.
struct AssignmentTable {
  std::vector<NodeAssignment> nodes;
};

/// True when the value's size is known before running (known shape, not strings).
bool is_static_value(const Graph& graph, ValueId id);
ValueDesc describe_value(const Graph& graph, ValueId id);

/// Error: unsupported E-UNSUPPORTED-NODE listing every node that no backend takes, with reasons.
Result<AssignmentTable> assign_backends(const Graph& graph, const PlanOptions& options);

}  // namespace vernier
