#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "measure/accuracy_drop.h"
#include "tensor/tensor.h"

namespace vernier {

class SampleSource;

/// What is counted when a quantized model is held against its float model.
enum class ScoreKind : std::uint8_t {
  agreement,  ///< largest output as in fp32, which is not accuracy
  accuracy,   ///< largest output as in the labels, of both models
  map50,      ///< boxes against those of fp32 as pseudo-labels, at IoU 0.5
  rel_l2,     ///< minus the relative L2 difference of the outputs from fp32's
};

/// "agreement with fp32", "accuracy", ...: what a report calls it.
std::string_view score_name(ScoreKind kind) noexcept;

/// True classes by sample.
using Labels = std::map<std::int64_t, std::int64_t>;

/// - .npy: integers, one a sample, in the order of the samples;
/// - text: a line a sample, "class" in the order of the samples, or "name,class" (comma, blank or
///   tab between), name being a sample's or the last part of its path. Lines that start with # and
///   empty lines are skipped.
/// Errors: invalid_data E-LABELS (no such sample, no number, more lines than samples), E-FILE-OPEN.
Result<Labels> read_labels(const std::string& path, const SampleSource& samples,
                           const std::shared_ptr<MemoryBudget>& budget = nullptr);

/// Scores samples one by one. `metric` is "auto", "agreement", "accuracy", "map50" or "rel-l2";
/// auto: accuracy with labels, agreement where an output is a row of classes, rel-l2 otherwise.
class Scorer {
 public:
  /// Errors: usage E-USAGE-METRIC (unknown, without the labels or the output that it needs).
  static Result<Scorer> make(const Graph& graph, const std::string& metric, Labels labels);

  [[nodiscard]] ScoreKind kind() const { return kind_; }
  /// Outputs of both models in the graph's order; nothing for a sample without a label. Errors:
  /// invalid_data E-LABELS for a class that the model does not have; of decoding boxes.
  Result<std::optional<PairedScore>> score(std::int64_t sample, const Shape& input,
                                           std::span<const Tensor> want,
                                           std::span<const Tensor> got) const;

 private:
  [[nodiscard]] Result<PairedScore> score_boxes(const Shape& input, const Tensor& want,
                                                const Tensor& got) const;
  [[nodiscard]] Result<std::optional<PairedScore>> score_classes(std::int64_t sample,
                                                                 const Tensor& want,
                                                                 const Tensor& got) const;
  ScoreKind kind_ = ScoreKind::rel_l2;
  std::size_t output_ = 0;  ///< the one that is scored; all for rel_l2
  Labels labels_;
};

}  // namespace vernier
