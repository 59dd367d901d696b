#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/budget.h"
#include "graph/graph.h"
#include "tensor/tensor.h"

namespace vernier {

using SlotId = std::int32_t;
inline constexpr SlotId kNoSlot = -1;

/// Where a value lives while a plan runs, and in which order.
struct Slot {
  enum class Kind : std::uint8_t {
    arena,     ///< `offset` bytes into the state's arena
    input,     ///< `offset` bytes into the memory bound to graph input `index`
    constant,  ///< `offset` bytes into Plan::constants[index]
    dynamic,   ///< shape known only while running: State owns tensor `index`
  };
  Kind kind = Kind::arena;
  std::size_t index = 0;
  std::size_t offset = 0;
  DType dtype = DType::undefined;
  Shape shape;      ///< not for dynamic slots
  Strides strides;  ///< elements
};

class Plan;

/// One node (or copy) of a plan, in execution order.
struct PlanStep {
  std::string node;  ///< name in the model; empty for copies that the planner added
  std::string op;
  std::string backend;
  std::string kernel;
  std::string reason;                  ///< why not on the first backend; empty when it is
  std::unique_ptr<Step> step;          ///< nullptr: the executor calls the scalar reference
  std::shared_ptr<const Node> source;  ///< of reference steps (shared: the plan outlives the graph)
  std::vector<std::shared_ptr<Plan>> bodies;  ///< plans of If/Loop/Scan bodies; null when dynamic
  std::vector<SlotId> inputs;                 ///< kNoSlot: omitted, or packed into the step
  std::vector<SlotId> outputs;
  /// Values of the planned graph that the step completes, parallel to `outputs`; empty for copies
  /// that complete none.
  std::vector<ValueId> values;
  std::size_t workspace_offset = 0;  ///< into the arena
};

/// A named exit: which slot holds it (dense).
struct PlanPort {
  std::string name;
  SlotId slot = kNoSlot;
};

/// Memory of one plan, by owner.
struct PlanMemory {
  std::uint64_t arena_bytes = 0;      ///< activations and workspace of one state
  std::uint64_t weights_bytes = 0;    ///< packed weights that this plan was first to ask for
  std::uint64_t constants_bytes = 0;  ///< constants read as they are (heap copies; mapped ones too)
};

/// An executable model for fixed input shapes. Immutable after planning; shared by states.
class Plan {
 public:
  std::vector<Slot> slots;
  std::vector<PlanStep> steps;
  std::vector<Tensor> constants;
  std::vector<SlotId> inputs;  ///< parallel to the graph's inputs; kNoSlot: the graph ignores it
  std::vector<ValueType> input_types;
  std::vector<std::string> input_names;
  std::vector<PlanPort> outputs;
  std::size_t dynamic_count = 0;  ///< number of dynamic slots
  std::size_t arena_bytes = 0;    ///< of this plan alone; `memory` counts bodies too
  PlanMemory memory;
};

}  // namespace vernier
