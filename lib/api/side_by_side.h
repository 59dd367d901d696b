#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/bench_cases.h"
#include "api/run_inputs.h"
#include "base/result.h"
#include "measure/conductor.h"
#include "vernier/bench.h"

namespace vernier {

/// Engines that are given the same input bytes and run once, to look at what they compute.
class SideBySide {
 public:
  /// Starts the engines of the options. Errors: those of start_contenders.
  static Result<SideBySide> start(const std::string& model, const BenchOptions& options);

  /// Loads every model, makes the inputs from what the first engine says about its own, runs each
  /// engine once. Inputs and outputs of the others that have other names are given those of the
  /// first (BenchVariant::aliases, or found by order where that is unambiguous). Errors: the
  /// engines' own; usage E-COMPARE-INPUTS.
  Result<void> run();

  /// Engine `i` on another model and inputs; those that the model does not have are left out. An
  /// engine that died in an earlier call is started again.
  Result<std::vector<NamedTensor>> run_on(std::size_t i, const std::string& model,
                                          const std::vector<NamedTensor>& inputs);

  [[nodiscard]] std::size_t size() const noexcept { return contenders_.size(); }
  [[nodiscard]] const Contender& contender(std::size_t i) const { return contenders_[i]; }
  /// Under the names of the first engine's model.
  [[nodiscard]] const std::vector<NamedTensor>& outputs(std::size_t i) const { return outputs_[i]; }
  [[nodiscard]] const std::map<std::string, std::string>& aliases(std::size_t i) const {
    return aliases_[i];
  }
  [[nodiscard]] const GatheredInputs& inputs() const noexcept { return inputs_; }

 private:
  Result<void> match_names(std::size_t i);
  Result<void> revive(std::size_t i);

  BenchOptions options_;
  std::vector<Contender> contenders_;
  std::vector<bool> dead_;
  std::vector<std::map<std::string, std::string>> aliases_;
  std::vector<std::vector<NamedTensor>> outputs_;
  GatheredInputs inputs_;
};

}  // namespace vernier
