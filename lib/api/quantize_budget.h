#pragma once

#include <string>
#include <vector>

#include "api/quantize_model.h"

namespace vernier {

/// What quantizing one node alone does to the model's outputs.
struct NodeDamage {
  std::string node;
  std::string op;
  double sqnr_db = 0.0;  ///< of the worst output, over the samples that were looked at
  std::int64_t ns = 0;   ///< that the float model needs for it on this machine
};

/// A choice of float nodes that was judged.
struct BudgetPoint {
  std::int64_t float_nodes = 0;  ///< reverted, of those that could be integers
  /// Of the float model's time in nodes that could be integers (NodeDamage::ns), those that are.
  double integer_share = 0.0;
  AccuracyDrop drop;
};

/// Everything that follows from a set of nodes that stay float.
struct QuantChoice {
  std::vector<std::string> reverted;  ///< nodes, beyond those that the user excluded
  QdqPlacement placement;
  QuantRecipe recipe;
  Agreement agreement;
};

struct BudgetRequest {
  FloatModel* model = nullptr;
  const QuantTarget* target = nullptr;
  const CalibrationTable* table = nullptr;
  const SampleSet* samples = nullptr;  ///< judging ones are set
  const Scorer* scorer = nullptr;
  std::vector<std::string> exclude;  ///< by the user
  RangeRule rule;
  bool full_correction = false;  ///< false: as in the choice that is started from
  ProgressText progress;
};

/// Every node that computes in integers, quantized alone, on some calibration samples; the most
/// damaging a nanosecond first (one at a time ranks layers of CNNs like the damage that they do
/// together: rank correlation 0.95 and more).
Result<std::vector<NodeDamage>> measure_damage(const BudgetRequest& request,
                                               const QuantChoice& all);

struct BudgetResult {
  QuantChoice choice;
  bool met = false;
  std::vector<BudgetPoint> points;  ///< all that were judged, in that order
};

/// Few nodes in float with which the mean loss on the judging samples is at most `max_drop`: the
/// shortest beginning of `order` by bisection, then those of it that can be integers again. Biases
/// are corrected anew for the choice where that keeps the budget; otherwise they are those of the
/// choice that was started from. What comes out was judged as it is. Not met when no beginning that
/// leaves an integer fits.
Result<BudgetResult> fit_budget(const BudgetRequest& request, const QuantChoice& all,
                                const std::vector<NodeDamage>& order, double max_drop);

}  // namespace vernier
