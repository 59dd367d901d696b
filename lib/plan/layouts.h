#pragma once

#include <map>
#include <optional>
#include <vector>

#include "plan/assignment.h"
#include "plan/planner.h"

namespace vernier {

/// A value that is written straight into part of a concatenation's buffer.
struct Placement {
  ValueId anchor = ValueId::none;  ///< the outermost concatenated value, which owns the buffer
  std::int64_t offset = 0;         ///< elements
  Strides strides;
};

/// Memory orders, before anything is emitted.
struct LayoutDecisions {
  std::vector<NodeLayout> nodes;  ///< parallel to AssignmentTable::nodes
  std::map<ValueId, Placement> placements;
};

/// First walk: asks each backend for its order with the orders that reach it; then places
/// concatenations from the outermost inwards.
LayoutDecisions decide_layouts(const Graph& graph, const AssignmentTable& table,
                               const PlanOptions& options);

/// Strides of a fresh buffer in the given order.
Strides strides_for(Layout layout, const Shape& shape);
/// dense, channels_last or any, whichever describes the strides first.
Layout layout_of(const Shape& shape, const Strides& strides);

}  // namespace vernier
