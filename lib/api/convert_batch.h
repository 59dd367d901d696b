#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/convert_verify.h"
#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "passes/dynamic_batch.h"
#include "vernier/convert.h"

namespace vernier {

/// The inputs whose batch becomes free: those of options.batch_inputs, or all that have a first
/// dimension. None: it is free already. Errors: usage E-CONVERT-BATCH.
Result<std::vector<BatchInput>> choose_batch_inputs(const Graph& graph,
                                                    const ConvertOptions& options);

/// make_batch_dynamic as a step of a conversion. Error: unsupported E-CONVERT-BATCH listing what
/// holds for one batch only.
Result<std::vector<std::optional<BatchAxis>>> free_batch(Graph& graph,
                                                         std::span<const BatchInput> inputs,
                                                         const ConvertOptions& options,
                                                         ConvertReport& report);

/// Runs of one batch each, and the same samples in one run.
class BatchTrial {
 public:
  static constexpr std::size_t kRuns = 3;

  BatchTrial() = default;
  BatchTrial(const Graph& graph, std::span<const BatchInput> inputs);

  [[nodiscard]] bool active() const noexcept { return !inputs_.empty(); }
  void set_outputs(const Graph& graph, const std::vector<std::optional<BatchAxis>>& axes);
  /// Inputs that hold no batch become those of the first run everywhere.
  void share_others(InputSets& runs) const;
  /// The batches of the first kRuns runs (there must be so many) as one.
  [[nodiscard]] Result<std::vector<NamedTensor>> join(
      const InputSets& runs, const std::shared_ptr<MemoryBudget>& budget) const;
  /// The outputs of that for each of the runs; `renamed`: output -> its name in the file that ran.
  [[nodiscard]] Result<InputSets> split(const std::vector<NamedTensor>& outputs,
                                        const Renames& renamed,
                                        const std::shared_ptr<MemoryBudget>& budget) const;

 private:
  std::vector<std::pair<std::string, std::size_t>> inputs_;  ///< and the axis
  std::vector<std::pair<std::string, BatchAxis>> outputs_;
  std::int64_t batch_ = 1;  ///< of one run
};

}  // namespace vernier
