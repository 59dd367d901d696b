#pragma once

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/native_model.h"
#include "runtime/state.h"

namespace vernier {

/// One inference that stops at chosen values, so that a caller can look at them and change them.
class ProbeRun {
 public:
  /// A chosen value that has just been made. `value` counts in the list given to ProbeModel::load.
  struct Seen {
    std::size_t value = 0;
    MutTensorView view;
  };

  /// Starts again with these inputs, parallel to the model's, of the shapes of the run; kept.
  Result<void> bind(std::vector<Tensor> inputs);
  /// Runs on until the next chosen value is there; nothing when the run is complete. What was seen
  /// before may be overwritten. Errors name the node.
  Result<std::optional<Seen>> next(Parallel& parallel);
  /// Goes on from where another run of the same model and types is: the same inputs, the same
  /// values made. Returns what the other saw last; nothing when it has not begun. Errors: limit.
  Result<std::optional<Seen>> continue_from(const ProbeRun& other);
  /// Output `i` of the model after a complete run.
  [[nodiscard]] TensorView output(std::size_t i) const { return state_->output(i); }
  [[nodiscard]] const std::vector<ValueType>& types() const { return types_; }

 private:
  friend class ProbeModel;
  struct Stop {
    std::size_t step = 0;
    std::size_t output = 0;
    std::size_t value = 0;
  };
  std::vector<ValueType> types_;
  std::vector<Stop> stops_;  // in the order of steps
  std::size_t next_stop_ = 0;
  std::size_t done_steps_ = 0;
  std::vector<Tensor> inputs_;
  std::unique_ptr<State> state_;
};

/// A model prepared for running with values looked at. Rewrites that would hide a chosen value are
/// left out, all others are made, so it runs nearly as fast as the model itself.
class ProbeModel {
 public:
  /// `values` of model.graph; those that are inputs, constants or windows into other values (view
  /// operators) are never seen. Errors: as NativeModel::load.
  static Result<std::unique_ptr<ProbeModel>> load(Model model, std::span<const ValueId> values,
                                                  std::shared_ptr<MemoryBudget> budget,
                                                  NativeModelOptions options);
  /// A run for inputs of these types (parallel to the model's, all dims known), which has memory of
  /// its own. Errors: of inference, planning; limit.
  Result<std::unique_ptr<ProbeRun>> make_run(std::span<const ValueType> types);
  /// Bytes that one more run of these types takes.
  Result<std::uint64_t> run_bytes(std::span<const ValueType> types);

 private:
  struct Prepared {
    std::vector<ValueType> types;
    std::shared_ptr<const Plan> plan;  // shared with its runs
    std::vector<ProbeRun::Stop> stops;
  };
  Result<const Prepared*> prepare(std::span<const ValueType> types);

  std::unique_ptr<NativeModel> model_;
  std::size_t real_outputs_ = 0;
  std::vector<std::size_t> ports_;  // per chosen value: its output port
  std::list<Prepared> plans_;       // the last used first
};

}  // namespace vernier
