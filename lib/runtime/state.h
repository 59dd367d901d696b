#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "base/budget.h"
#include "base/result.h"
#include "plan/plan.h"
#include "tensor/tensor.h"

namespace vernier {

/// Everything that one thread of execution needs to run a Plan: arena, bound inputs, the states of
/// bodies. Running allocates nothing as long as all shapes are static. Not thread safe; several
/// states may share a plan.
class State {
 public:
  /// Allocates the arena under the budget. Errors: limit.
  static Result<std::unique_ptr<State>> create(std::shared_ptr<const Plan> plan,
                                               std::shared_ptr<MemoryBudget> budget);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Binds memory to input `i`: dtype and shape must be the plan's (dynamic inputs: any shape).
  /// Dense views only, except in bodies of control flow; the memory must stay valid until it is
  /// bound anew.
  Result<void> bind_input(std::size_t i, const TensorView& view);
  /// Runs every step. Errors name the node.
  Result<void> run(Parallel& parallel);
  /// Output `i` of the last run; dense; valid until the next run.
  [[nodiscard]] TensorView output(std::size_t i) const;
  /// Runs steps `first` to `last` - 1 of a run that is made in pieces.
  Result<void> run_steps(std::size_t first, std::size_t last, Parallel& parallel);
  /// Output `k` of a step that has run, until a later step reuses its memory.
  [[nodiscard]] MutTensorView step_output(std::size_t step, std::size_t k);
  /// Takes over everything that the steps of another state of the same plan have made so far;
  /// inputs must be bound to the same contents. Errors: limit; internal E-INTERNAL-PLAN for another
  /// plan.
  Result<void> continue_from(const State& other);
  [[nodiscard]] const Plan& plan() const noexcept { return *plan_; }

  /// Called after each step with its index and duration when set (profiling).
  using StepObserver = void (*)(void* context, std::size_t step, std::int64_t ns);
  void observe(StepObserver observer, void* context) {
    observer_ = observer;
    observer_context_ = context;
  }

 private:
  class Evaluation;
  struct Operands {
    std::vector<TensorView> inputs;
    std::vector<MutTensorView> outputs;
  };
  struct InputPatch {
    std::size_t step;
    std::size_t operand;
    std::size_t offset;
  };
  State(std::shared_ptr<const Plan> plan, std::shared_ptr<MemoryBudget> budget);
  Result<void> prepare();
  Result<void> run_reference(std::size_t step, Parallel& parallel);
  [[nodiscard]] TensorView view_of_slot(SlotId slot) const;

  std::shared_ptr<const Plan> plan_;  // shared: states of several threads run one plan
  std::shared_ptr<MemoryBudget> budget_;
  Buffer arena_;
  std::vector<Operands> operands_;                        // per step
  std::vector<std::vector<InputPatch>> patches_;          // per plan input
  std::vector<TensorView> bound_;                         // per plan input
  std::vector<Tensor> dynamic_;                           // per dynamic slot
  std::map<std::size_t, Tensor> dense_inputs_;            // copies of windows bound to bodies
  std::vector<std::unique_ptr<Evaluation>> evaluations_;  // per step; reference steps only
  StepObserver observer_ = nullptr;
  void* observer_context_ = nullptr;
};

}  // namespace vernier
