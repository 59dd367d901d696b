#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "plan/assignment.h"
#include "plan/layouts.h"
#include "plan/memory.h"
#include "plan/planner.h"

namespace vernier {

/// Second walk: gives every value its final place, lowers nodes, adds copies where an order does
/// not fit, and lays out the arena at the end.
class PlanEmitter {
 public:
  PlanEmitter(const Graph& graph, const AssignmentTable& table, const LayoutDecisions& decisions,
              const PlanOptions& options, WeightStore& weights);

  Result<void> emit_node(std::size_t index, std::vector<std::shared_ptr<Plan>> bodies);
  /// Outputs, lifetimes, offsets. Error: limit when sizes overflow.
  Result<std::shared_ptr<Plan>> finish();

 private:
  /// Where a value is: a window into a root buffer (arena), an input, a constant or a dynamic slot.
  struct Location {
    Slot::Kind kind = Slot::Kind::arena;
    std::size_t index = 0;    ///< root buffer, input, constant or dynamic number
    std::int64_t offset = 0;  ///< elements
    DType dtype = DType::undefined;
    Shape shape;
    Strides strides;
  };

  Result<std::size_t> new_root(DType dtype, const Shape& shape);
  Result<Location> fresh(DType dtype, const Shape& shape, Layout layout);
  Result<Location> output_location(ValueId value, Layout layout);
  Result<Location> locate(ValueId value);
  /// The value in an order that satisfies `layout`; adds a copy step (once per value and order).
  Result<Location> in_layout(ValueId value, Layout layout);
  Result<void> emit_copy(const Location& from, const Location& to);
  Result<void> emit_view(std::size_t index);
  Result<void> emit_concat(std::size_t index);
  Result<void> emit_kernel(std::size_t index, std::vector<std::shared_ptr<Plan>> bodies);
  Result<void> emit_outputs();
  SlotId slot_of(const Location& location);
  void touch(const Location& location, int step);
  static ValueDesc desc_of(const Location& location, const Tensor* constant);
  Result<void> account_memory();

  const Graph& graph_;
  const AssignmentTable& table_;
  const LayoutDecisions& decisions_;
  const PlanOptions& options_;
  WeightStore& weights_;
  std::shared_ptr<Plan> plan_;
  std::vector<std::optional<Location>> locations_;
  std::map<std::pair<ValueId, Layout>, Location> copies_;
  std::map<ValueId, std::size_t> anchors_;  ///< concatenated value -> root buffer
  std::vector<BufferLifetime> roots_;
  std::map<std::size_t, std::size_t> workspace_roots_;  ///< step -> root
};

}  // namespace vernier
