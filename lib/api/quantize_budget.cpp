#include "api/quantize_budget.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "api/quantize_act.h"
#include "base/clock.h"

namespace vernier {
namespace {

constexpr std::size_t kDamageSamples = 16;
constexpr std::uint64_t kKeptBytes = std::uint64_t{256} << 20U;
constexpr int kTimedRuns = 5;
constexpr std::size_t kMostPutBack = 12;

/// Time of the float model between the output of one integer node and that of the next, by node.
Result<std::map<NodeId, std::int64_t>> float_times(const BudgetRequest& request,
                                                   const QuantChoice& all,
                                                   const std::vector<Tensor>& sample) {
  FloatModel& model = *request.model;
  std::vector<ValueId> values;
  for (const NodeId id : all.placement.integers) {
    values.push_back(model.model.graph.node(id).outputs[0]);
  }
  VERNIER_ASSIGN(auto probe, ProbeModel::load(model.model, values, model.budget, model.native));
  Runner runner(*model.pool, std::move(probe));
  std::map<NodeId, std::int64_t> least;
  for (int i = 0; i < kTimedRuns; ++i) {
    VERNIER_ASSIGN(ProbeRun * run, runner.start(sample));
    std::int64_t before = now_ns();
    while (true) {
      VERNIER_ASSIGN(const auto seen, run->next(runner.pool()));
      if (!seen) break;
      const std::int64_t now = now_ns();
      const auto at = least.emplace(all.placement.integers[seen->value], now - before).first;
      at->second = std::min(at->second, now - before);
      before = now_ns();
    }
  }
  return least;
}

/// Only what the recipe says of one node.
QuantRecipe recipe_of(const Graph& graph, const Node& node, const QuantRecipe& recipe) {
  QuantRecipe one;
  one.target = recipe.target;
  for (const ValueId input : node.inputs) {
    if (input == ValueId::none) continue;
    const RecipeTensor* tensor = recipe.tensor(graph.value(input).name);
    if (tensor != nullptr && one.tensor(tensor->name) == nullptr) one.tensors.push_back(*tensor);
  }
  if (const RecipeWeight* weight = recipe.weight(node.name)) one.weights.push_back(*weight);
  return one;
}

/// Noise energy that a node brings for each nanosecond that it saves.
double damage_rate(const NodeDamage& damage) {
  constexpr double kLeastNs = 100.0;
  return std::pow(10.0, -damage.sqnr_db / 10.0) /
         std::max(static_cast<double>(damage.ns), kLeastNs);
}

class BudgetSearch {
 public:
  BudgetSearch(const BudgetRequest& request, const QuantChoice& all,
               const std::vector<NodeDamage>& order, double max_drop)
      : request_(request), all_(all), max_drop_(max_drop) {
    for (const NodeDamage& damage : order) {
      names_.push_back(damage.node);
      times_[damage.node] = static_cast<double>(damage.ns);
      total_time_ += static_cast<double>(damage.ns);
    }
  }

  Result<BudgetResult> run() {
    note(all_);
    if (fits(all_)) {
      result_.choice = all_;
      result_.met = true;
      return std::move(result_);
    }
    std::size_t low = 0;  // does not fit
    std::size_t high = names_.size();
    std::optional<QuantChoice> best;
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      const std::vector<std::string> reverted(names_.begin(),
                                              names_.begin() + static_cast<std::ptrdiff_t>(middle));
      VERNIER_ASSIGN(auto choice, evaluate(reverted, false));
      if (choice && fits(*choice)) {
        high = middle;
        best = std::move(choice);
      } else if (choice) {
        low = middle;
      } else {
        high = middle;  // nothing was left to quantize: fewer nodes, or none at all
      }
    }
    if (!best) return std::move(result_);
    VERNIER_TRY(put_back(*best));
    return settle(std::move(*best));
  }

 private:
  [[nodiscard]] bool fits(const QuantChoice& choice) const {
    return accuracy_drop(choice.agreement.scores).drop <= max_drop_;
  }

  void note(const QuantChoice& choice) {
    double integer = total_time_;
    for (const std::string& name : choice.reverted) integer -= times_[name];
    result_.points.push_back({static_cast<std::int64_t>(choice.reverted.size()),
                              choice.reverted.empty() ? 1.0 : integer / total_time_,
                              accuracy_drop(choice.agreement.scores)});
  }

  /// Nothing when no weight would stay integer.
  Result<std::optional<QuantChoice>> evaluate(std::vector<std::string> reverted, bool correct) {
    QuantChoice choice;
    std::vector<std::string> exclude = request_.exclude;
    exclude.insert(exclude.end(), reverted.begin(), reverted.end());
    choice.reverted = std::move(reverted);
    FloatModel& model = *request_.model;
    VERNIER_ASSIGN(choice.placement, place_qdq(model.model.graph, *request_.target, exclude));
    for (RecipeFloat& node : choice.placement.floats) {
      const auto& names = choice.reverted;
      if (std::find(names.begin(), names.end(), node.node) == names.end()) continue;
      node.reason = "as integers it costs more accuracy than --max-drop allows";
    }
    VERNIER_ASSIGN(choice.recipe, choose_recipe(model, choice.placement, *request_.target,
                                                *request_.table, request_.rule));
    if (choice.recipe.weights.empty()) return std::optional<QuantChoice>();
    choice.recipe.channels = all_.recipe.channels;
    for (RecipeWeight& weight : choice.recipe.weights) {
      if (const RecipeWeight* same = all_.recipe.weight(weight.node)) weight = *same;
    }
    if (correct && request_.full_correction) {
      VERNIER_TRY(correct_biases_full(model, choice.placement, *request_.samples, choice.recipe,
                                      request_.progress));
    } else {
      for (const RecipeBias& bias : all_.recipe.biases) {
        if (choice.recipe.weight(bias.node) != nullptr) choice.recipe.biases.push_back(bias);
      }
    }
    VERNIER_ASSIGN(choice.agreement, judge(model, choice.placement, *request_.samples,
                                           choice.recipe, *request_.scorer, {}));
    note(choice);
    if (request_.progress) {
      request_.progress("budget: " + std::to_string(choice.reverted.size()) + " of " +
                        std::to_string(names_.size()) + " nodes in float lose " +
                        std::to_string(accuracy_drop(choice.agreement.scores).drop));
    }
    return std::optional(std::move(choice));
  }

  /// Makes integers again of what need not be float, the least damaging first.
  Result<void> put_back(QuantChoice& best) {
    const std::vector<std::string> reverted = best.reverted;
    std::size_t tries = 0;
    for (auto name = reverted.rbegin(); name != reverted.rend() && tries < kMostPutBack;
         ++name, ++tries) {
      std::vector<std::string> fewer = best.reverted;
      fewer.erase(std::find(fewer.begin(), fewer.end(), *name));
      if (fewer.empty()) continue;
      VERNIER_ASSIGN(auto choice, evaluate(std::move(fewer), false));
      if (choice && fits(*choice)) best = std::move(*choice);
    }
    return {};
  }

  /// Corrects the biases of the choice for itself, unless that makes it worse than the budget.
  Result<BudgetResult> settle(QuantChoice best) {
    if (!request_.full_correction) {
      result_.choice = std::move(best);
      result_.met = true;
      return std::move(result_);
    }
    VERNIER_ASSIGN(auto corrected, evaluate(best.reverted, true));
    if (corrected && fits(*corrected)) best = std::move(*corrected);
    result_.choice = std::move(best);
    result_.met = true;
    return std::move(result_);
  }

  const BudgetRequest& request_;
  const QuantChoice& all_;
  double max_drop_;
  std::vector<std::string> names_;  // in the order of reverting
  std::map<std::string, double> times_;
  double total_time_ = 0.0;
  BudgetResult result_;
};

}  // namespace

Result<std::vector<NodeDamage>> measure_damage(const BudgetRequest& request,
                                               const QuantChoice& all) {
  const auto some = request.samples->some_for_calibration(kDamageSamples);
  VERNIER_ASSIGN(const auto samples,
                 float_samples(*request.model, *request.samples->source, some, kKeptBytes));
  VERNIER_ASSIGN(const auto times, float_times(request, all, samples.front().inputs));
  const Graph& graph = request.model->model.graph;
  std::vector<NodeDamage> damages;
  for (const NodeId id : all.placement.integers) {
    const Node& node = graph.node(id);
    const QuantRecipe one = recipe_of(graph, node, all.recipe);
    VERNIER_ASSIGN(ActedModel acted, ActedModel::load(*request.model, all.placement, one));
    VERNIER_ASSIGN(const double worst, acted.worst_db(samples));
    const auto time = times.find(id);
    damages.push_back(
        {node.name, std::string(node.op->name), worst, time == times.end() ? 0 : time->second});
    if (request.progress) {
      request.progress("sensitivity: " + std::to_string(damages.size()) + " of " +
                       std::to_string(all.placement.integers.size()) + " nodes");
    }
  }
  std::stable_sort(damages.begin(), damages.end(), [](const NodeDamage& a, const NodeDamage& b) {
    return damage_rate(a) > damage_rate(b);
  });
  return damages;
}

Result<BudgetResult> fit_budget(const BudgetRequest& request, const QuantChoice& all,
                                const std::vector<NodeDamage>& order, double max_drop) {
  return BudgetSearch(request, all, order, max_drop).run();
}

}  // namespace vernier
