#include "engine/probe.h"

#include <algorithm>
#include <map>

namespace vernier {
namespace {

constexpr std::size_t kMaxShapes = 8;

}  // namespace

Result<void> ProbeRun::bind(std::vector<Tensor> inputs) {
  inputs_ = std::move(inputs);
  next_stop_ = 0;
  done_steps_ = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    VERNIER_TRY(state_->bind_input(i, inputs_[i].view()));
  }
  return {};
}

Result<std::optional<ProbeRun::Seen>> ProbeRun::next(Parallel& parallel) {
  if (next_stop_ == stops_.size()) {
    const std::size_t all = state_->plan().steps.size();
    VERNIER_TRY(state_->run_steps(done_steps_, all, parallel));
    done_steps_ = all;
    return std::optional<Seen>();
  }
  const Stop& stop = stops_[next_stop_++];
  VERNIER_TRY(state_->run_steps(done_steps_, stop.step + 1, parallel));
  done_steps_ = stop.step + 1;
  return std::optional<Seen>({stop.value, state_->step_output(stop.step, stop.output)});
}

Result<std::optional<ProbeRun::Seen>> ProbeRun::continue_from(const ProbeRun& other) {
  VERNIER_TRY(bind(other.inputs_));
  VERNIER_TRY(state_->continue_from(*other.state_));
  next_stop_ = other.next_stop_;
  done_steps_ = other.done_steps_;
  if (next_stop_ == 0) return std::optional<Seen>();
  const Stop& stop = stops_[next_stop_ - 1];
  return std::optional<Seen>({stop.value, state_->step_output(stop.step, stop.output)});
}

Result<std::unique_ptr<ProbeModel>> ProbeModel::load(Model model, std::span<const ValueId> values,
                                                     std::shared_ptr<MemoryBudget> budget,
                                                     NativeModelOptions options) {
  std::unique_ptr<ProbeModel> probe(new ProbeModel);
  Graph& graph = model.graph;
  probe->real_outputs_ = graph.outputs.size();
  // As outputs of the graph they survive every rewrite; planning does without them.
  for (const ValueId value : values) {
    const auto at = std::find_if(graph.outputs.begin(), graph.outputs.end(),
                                 [&](const Port& port) { return port.value == value; });
    probe->ports_.push_back(static_cast<std::size_t>(at - graph.outputs.begin()));
    if (at == graph.outputs.end()) graph.outputs.push_back({graph.value(value).name, value});
  }
  options.place_concats = false;
  VERNIER_ASSIGN(probe->model_,
                 NativeModel::load(std::move(model), std::move(budget), std::move(options)));
  return probe;
}

Result<const ProbeModel::Prepared*> ProbeModel::prepare(std::span<const ValueType> types) {
  const auto known = std::find_if(plans_.begin(), plans_.end(), [&](const Prepared& prepared) {
    return std::equal(types.begin(), types.end(), prepared.types.begin(), prepared.types.end());
  });
  if (known != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, known);
    return &plans_.front();
  }
  Prepared prepared;
  prepared.types.assign(types.begin(), types.end());
  VERNIER_ASSIGN(Graph graph, model_->specialize(types));
  std::map<ValueId, std::vector<std::size_t>> chosen;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    chosen[graph.outputs[ports_[i]].value].push_back(i);
  }
  graph.outputs.resize(real_outputs_);
  VERNIER_ASSIGN(const std::shared_ptr<Plan> plan, model_->plan(graph));
  VERNIER_TRY(model_->materialize(*plan));
  for (std::size_t s = 0; s < plan->steps.size(); ++s) {
    const PlanStep& step = plan->steps[s];
    for (std::size_t k = 0; k < step.values.size(); ++k) {
      const auto at = chosen.find(step.values[k]);
      if (at == chosen.end() || step.outputs[k] == kNoSlot) continue;
      for (const std::size_t value : at->second) prepared.stops.push_back({s, k, value});
    }
  }
  prepared.plan = plan;
  if (plans_.size() >= kMaxShapes) plans_.pop_back();
  plans_.push_front(std::move(prepared));
  return &plans_.front();
}

Result<std::unique_ptr<ProbeRun>> ProbeModel::make_run(std::span<const ValueType> types) {
  VERNIER_ASSIGN(const Prepared* prepared, prepare(types));
  std::unique_ptr<ProbeRun> run(new ProbeRun);
  run->types_ = prepared->types;
  run->stops_ = prepared->stops;
  VERNIER_ASSIGN(run->state_, State::create(prepared->plan, model_->budget()));
  return run;
}

Result<std::uint64_t> ProbeModel::run_bytes(std::span<const ValueType> types) {
  VERNIER_ASSIGN(const Prepared* prepared, prepare(types));
  return prepared->plan->memory.arena_bytes;
}

}  // namespace vernier
