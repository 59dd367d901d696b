#include "runtime/state.h"

#include <chrono>
#include <cstring>
#include <utility>

#include "graph/evaluate.h"

namespace vernier {

/// One reference step's execution: outputs go to the planned place, or to a dynamic tensor when the
/// shape is known only now; bodies run on their own states. Kept between runs, so that scratch
/// memory is taken once.
class State::Evaluation final : public EvalContext {
 public:
  Evaluation(State& state, std::size_t step, std::vector<std::unique_ptr<State>> bodies)
      : state_(state),
        step_(state.plan_->steps[step]),
        operands_(state.operands_[step]),
        bodies_(std::move(bodies)) {
    for (const auto& body : bodies_) {
      views_.emplace_back(body ? body->plan_->outputs.size() : 0);
    }
    dynamic_bodies_.resize(bodies_.size());
  }

  [[nodiscard]] const OpParams& params() const override { return node().params(); }
  [[nodiscard]] int opset() const override { return node().opset; }
  [[nodiscard]] std::size_t input_count() const override { return node().formal_input_count(); }
  [[nodiscard]] std::size_t output_count() const override { return node().outputs.size(); }
  [[nodiscard]] bool has_input(std::size_t i) const override {
    return i < input_count() && step_.inputs[i] != kNoSlot;
  }
  [[nodiscard]] bool has_output(std::size_t i) const override {
    return i < step_.outputs.size() && step_.outputs[i] != kNoSlot;
  }
  [[nodiscard]] const TensorView& input(std::size_t i) const override {
    return operands_.inputs[i];
  }
  Result<MutTensorView> output(std::size_t i, DType dtype, const Shape& shape) override {
    if (!has_output(i)) return internal_error("a reference asked for an output that is not there");
    const Slot& slot = state_.plan_->slots[static_cast<std::size_t>(step_.outputs[i])];
    if (slot.kind == Slot::Kind::dynamic) {
      Tensor& tensor = state_.dynamic_[slot.index];
      VERNIER_ASSIGN(tensor, Tensor::allocate(dtype, shape, state_.budget_));
      return tensor.mutable_view();
    }
    MutTensorView view = operands_.outputs[i];
    if (view.dtype != dtype || !(view.shape == shape)) {
      return internal_error("output " + std::to_string(i) + " is " + describe(view) +
                            " by inference and " + std::string(dtype_name(dtype)) +
                            to_string(shape) + " by execution");
    }
    return view;
  }
  Result<std::span<const TensorView>> run_subgraph(std::size_t i,
                                                   std::span<const TensorView> inputs) override {
    const auto captures = std::span<const TensorView>(operands_.inputs).subspan(input_count());
    if (!bodies_[i]) {
      VERNIER_ASSIGN(dynamic_bodies_[i],
                     evaluate_graph(*node().subgraphs[i], inputs, captures, state_.budget_));
      views_[i].clear();
      for (const Tensor& tensor : dynamic_bodies_[i]) views_[i].push_back(tensor.view());
      return std::span<const TensorView>(views_[i]);
    }
    State& body = *bodies_[i];
    for (std::size_t k = 0; k < inputs.size() + captures.size(); ++k) {
      const TensorView& value = k < inputs.size() ? inputs[k] : captures[k - inputs.size()];
      if (auto bound = body.bind_input(k, value); !bound) {
        // Only a body's own declaration can promise a shape that its caller does not keep.
        Error error = std::move(bound).error();
        if (error.id != "E-INPUT-SHAPE") return error;
        return invalid_model("body " + error.message + " as declared", "E-MODEL-SHAPE");
      }
    }
    VERNIER_TRY(body.run(*parallel_));
    for (std::size_t k = 0; k < views_[i].size(); ++k) views_[i][k] = body.output(k);
    return std::span<const TensorView>(views_[i]);
  }
  [[nodiscard]] std::size_t subgraph_count() const override { return node().subgraphs.size(); }
  Result<std::byte*> scratch(std::size_t bytes) override {
    if (used_ == scratch_.size()) scratch_.emplace_back();
    Buffer& buffer = scratch_[used_++];
    if (buffer.size() < bytes) {
      buffer = Buffer();
      VERNIER_ASSIGN(buffer, Buffer::allocate(bytes, state_.budget_, "scratch"));
    }
    return buffer.data();
  }

  void begin(Parallel& parallel) {
    parallel_ = &parallel;
    used_ = 0;
  }

 private:
  [[nodiscard]] const Node& node() const { return *step_.source; }

  State& state_;
  const PlanStep& step_;
  const Operands& operands_;
  std::vector<std::unique_ptr<State>> bodies_;
  std::vector<std::vector<TensorView>> views_;
  std::vector<std::vector<Tensor>> dynamic_bodies_;
  std::vector<Buffer> scratch_;
  std::size_t used_ = 0;
  Parallel* parallel_ = nullptr;
};

State::State(std::shared_ptr<const Plan> plan, std::shared_ptr<MemoryBudget> budget)
    : plan_(std::move(plan)), budget_(std::move(budget)) {}
State::~State() = default;

Result<std::unique_ptr<State>> State::create(std::shared_ptr<const Plan> plan,
                                             std::shared_ptr<MemoryBudget> budget) {
  std::unique_ptr<State> state(new State(std::move(plan), std::move(budget)));
  VERNIER_TRY(state->prepare());
  return state;
}

TensorView State::view_of_slot(SlotId id) const {
  if (id == kNoSlot) return {};
  const Slot& slot = plan_->slots[static_cast<std::size_t>(id)];
  TensorView view{nullptr, slot.dtype, slot.shape, slot.strides};
  switch (slot.kind) {
    case Slot::Kind::arena:
      view.data = arena_.data() + slot.offset;
      break;
    case Slot::Kind::input:
      if (bound_[slot.index].data != nullptr) view.data = bound_[slot.index].data + slot.offset;
      break;
    case Slot::Kind::constant:
      view.data = plan_->constants[slot.index].data() + slot.offset;
      break;
    case Slot::Kind::dynamic:
      return dynamic_[slot.index].defined() ? dynamic_[slot.index].view() : TensorView{};
  }
  return view;
}

Result<void> State::prepare() {
  VERNIER_ASSIGN(arena_, Buffer::allocate(plan_->arena_bytes, budget_, "activations"));
  bound_.resize(plan_->inputs.size());
  patches_.resize(plan_->inputs.size());
  dynamic_.resize(plan_->dynamic_count);
  operands_.resize(plan_->steps.size());
  evaluations_.resize(plan_->steps.size());
  for (std::size_t s = 0; s < plan_->steps.size(); ++s) {
    const PlanStep& step = plan_->steps[s];
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      operands_[s].inputs.push_back(view_of_slot(step.inputs[k]));
      if (step.inputs[k] == kNoSlot) continue;
      const Slot& slot = plan_->slots[static_cast<std::size_t>(step.inputs[k])];
      if (slot.kind == Slot::Kind::input) patches_[slot.index].push_back({s, k, slot.offset});
    }
    for (const SlotId id : step.outputs) {
      const TensorView view = view_of_slot(id);
      operands_[s].outputs.push_back(
          {const_cast<std::byte*>(view.data), view.dtype, view.shape, view.strides});
    }
    if (step.step) continue;
    std::vector<std::unique_ptr<State>> bodies;
    for (const auto& body : step.bodies) {
      std::unique_ptr<State> state;
      if (body) {
        VERNIER_ASSIGN(state, State::create(body, budget_));
      }
      bodies.push_back(std::move(state));
    }
    evaluations_[s] = std::make_unique<Evaluation>(*this, s, std::move(bodies));
  }
  return {};
}

Result<void> State::bind_input(std::size_t i, const TensorView& view) {
  const SlotId id = plan_->inputs[i];
  if (id == kNoSlot) return {};  // a constant, or not read by anything
  const Slot& slot = plan_->slots[static_cast<std::size_t>(id)];
  if (slot.kind == Slot::Kind::dynamic) {
    VERNIER_ASSIGN(dynamic_[slot.index], Tensor::copy_of(view, budget_));
    return {};
  }
  if (view.dtype != slot.dtype || !(view.shape == slot.shape)) {
    return invalid_data("input '" + plan_->input_names[i] + "' is " + describe(view) +
                            ", expected " + std::string(dtype_name(slot.dtype)) +
                            to_string(slot.shape),
                        "E-INPUT-SHAPE");
  }
  if (!view.is_dense()) {
    // A window of the caller's graph: kernels were chosen for a dense input.
    if (!dense_inputs_.contains(i)) {
      VERNIER_ASSIGN(dense_inputs_[i], Tensor::allocate(view.dtype, view.shape, budget_));
    }
    copy_elements(view, dense_inputs_[i].mutable_view());
    bound_[i] = dense_inputs_[i].view();
  } else {
    bound_[i] = view;
  }
  for (const InputPatch& patch : patches_[i]) {
    operands_[patch.step].inputs[patch.operand].data = bound_[i].data + patch.offset;
  }
  return {};
}

Result<void> State::run_reference(std::size_t index, Parallel& parallel) {
  const PlanStep& step = plan_->steps[index];
  for (std::size_t k = 0; k < step.inputs.size(); ++k) {
    if (step.inputs[k] == kNoSlot) continue;
    const Slot& slot = plan_->slots[static_cast<std::size_t>(step.inputs[k])];
    if (slot.kind == Slot::Kind::dynamic) {
      operands_[index].inputs[k] = view_of_slot(step.inputs[k]);
    }
  }
  Evaluation& evaluation = *evaluations_[index];
  evaluation.begin(parallel);
  return step.source->op->reference(evaluation);
}

Result<void> State::continue_from(const State& other) {
  if (plan_ != other.plan_) {
    return internal_error("states of different plans", "E-INTERNAL-PLAN");
  }
  if (plan_->arena_bytes > 0) std::memcpy(arena_.data(), other.arena_.data(), plan_->arena_bytes);
  for (std::size_t i = 0; i < dynamic_.size(); ++i) {
    if (!other.dynamic_[i].defined()) continue;
    VERNIER_ASSIGN(dynamic_[i], Tensor::copy_of(other.dynamic_[i].view(), budget_));
  }
  return {};
}

Result<void> State::run(Parallel& parallel) { return run_steps(0, plan_->steps.size(), parallel); }

MutTensorView State::step_output(std::size_t step, std::size_t k) {
  const TensorView view = view_of_slot(plan_->steps[step].outputs[k]);
  return {const_cast<std::byte*>(view.data), view.dtype, view.shape, view.strides};
}

Result<void> State::run_steps(std::size_t first, std::size_t last, Parallel& parallel) {
  using Clock = std::chrono::steady_clock;
  for (std::size_t s = first; s < last; ++s) {
    const PlanStep& step = plan_->steps[s];
    const auto start = observer_ != nullptr ? Clock::now() : Clock::time_point{};
    Result<void> result;
    if (step.step) {
      const StepArgs args{operands_[s].inputs, operands_[s].outputs,
                          arena_.data() + step.workspace_offset, &parallel};
      result = step.step->run(args);
    } else {
      result = run_reference(s, parallel);
    }
    if (!result) {
      Error error = std::move(result).error();
      if (error.where.node.empty() && error.where.op.empty()) {
        error.where.node = step.node;
        error.where.op = step.op;
        if (step.source) error.where.opset = step.source->opset;
      }
      return error;
    }
    if (observer_ != nullptr) {
      const auto ns =
          std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
      observer_(observer_context_, s, ns);
    }
  }
  return {};
}

TensorView State::output(std::size_t i) const { return view_of_slot(plan_->outputs[i].slot); }

}  // namespace vernier
