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
constexpr std::uint64_t kKeptOutputBytes = std::uint64_t{256} << 20U;
constexpr int kTimedRuns = 5;
constexpr std::size_t kMostPutBack = 12;

struct FloatOutputs {
  std::vector<std::int64_t> samples;
  std::vector<std::vector<Tensor>> outputs;
};

/// Outputs of the float model for some calibration samples, evenly over all of them.
Result<FloatOutputs> float_outputs(const BudgetRequest& request) {
  FloatModel& model = *request.model;
  const SampleSet& samples = *request.samples;
  VERNIER_ASSIGN(auto probe, ProbeModel::load(model.model, {}, model.budget, model.native));
  Runner runner(*model.pool, std::move(probe));
  FloatOutputs made;
  const std::size_t total = samples.calibration.size();
  const std::size_t count = std::min(total, kDamageSamples);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < count && bytes < kKeptOutputBytes; ++i) {
    const std::int64_t index = samples.calibration[i * total / count];
    VERNIER_ASSIGN(auto sample, samples.source->load(index));
    VERNIER_ASSIGN(ProbeRun * run, runner.start(std::move(sample)));
    VERNIER_ASSIGN(const auto seen, run->next(runner.pool()));
    if (seen) return internal_error("a run without stops stopped", "E-INTERNAL-ORDER");
    VERNIER_ASSIGN(auto outputs, outputs_of(model.model.graph, *run));
    for (const Tensor& output : outputs) bytes += output.byte_count();
    made.samples.push_back(index);
    made.outputs.push_back(std::move(outputs));
  }
  return made;
}

/// Time of the float model between the output of one integer node and that of the next, by node.
Result<std::map<NodeId, std::int64_t>> float_times(const BudgetRequest& request,
                                                   const QuantChoice& all, std::int64_t sample) {
  FloatModel& model = *request.model;
  std::vector<ValueId> values;
  for (const NodeId id : all.placement.integers) {
    values.push_back(model.model.graph.node(id).outputs[0]);
  }
  VERNIER_ASSIGN(auto probe, ProbeModel::load(model.model, values, model.budget, model.native));
  Runner runner(*model.pool, std::move(probe));
  std::map<NodeId, std::int64_t> least;
  for (int i = 0; i < kTimedRuns; ++i) {
    VERNIER_ASSIGN(auto inputs, request.samples->source->load(sample));
    VERNIER_ASSIGN(ProbeRun * run, runner.start(std::move(inputs)));
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

/// Energy of the differences over that of the outputs, of the worst output.
class OutputNoise {
 public:
  void add(const std::vector<Tensor>& want, const std::vector<Tensor>& got) {
    sums_.resize(want.size());
    for (std::size_t k = 0; k < want.size(); ++k) {
      if (want[k].dtype() != DType::float32 || want[k].shape() != got[k].shape()) continue;
      for (std::int64_t i = 0; i < want[k].element_count(); ++i) {
        const auto w = static_cast<double>(want[k].as<float>()[i]);
        const double d = w - static_cast<double>(got[k].as<float>()[i]);
        sums_[k].signal += w * w;
        sums_[k].noise += d * d;
      }
    }
  }
  [[nodiscard]] double worst() const {
    double worst = 0.0;
    for (const Sums& sums : sums_) {
      if (sums.signal > 0.0) worst = std::max(worst, sums.noise / sums.signal);
    }
    return worst;
  }

 private:
  struct Sums {
    double signal = 0.0;
    double noise = 0.0;
  };
  std::vector<Sums> sums_;
};

/// Noise energy that a node brings for each nanosecond that it saves.
double damage_rate(const NodeDamage& damage) {
  constexpr double kLeastNs = 100.0;
  return std::pow(10.0, -damage.sqnr_db / 10.0) /
         std::max(static_cast<double>(damage.ns), kLeastNs);
}

class BudgetSearch {
 public:
  BudgetSearch(const BudgetRequest& request, const QuantChoice& all,
               const std::vector<NodeDamage>& order, const std::map<NodeId, std::int64_t>& times,
               double max_drop)
      : request_(request), all_(all), max_drop_(max_drop) {
    for (const auto& [node, ns] : times) {
      times_[request.model->model.graph.node(node).name] = static_cast<double>(ns);
      total_time_ += static_cast<double>(ns);
    }
    for (const NodeDamage& damage : order) names_.push_back(damage.node);
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
                              total_time_ > 0.0 ? integer / total_time_ : 0.0,
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
                                                *request_.table, request_.method));
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
    const QuantChoice uncorrected = best;
    VERNIER_ASSIGN(auto corrected, evaluate(best.reverted, true));
    const bool better = corrected && fits(*corrected);
    result_.choice = better ? std::move(*corrected) : uncorrected;
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
  VERNIER_ASSIGN(const FloatOutputs want, float_outputs(request));
  VERNIER_ASSIGN(const auto times, float_times(request, all, want.samples.front()));
  const Graph& graph = request.model->model.graph;
  std::vector<NodeDamage> damages;
  for (const NodeId id : all.placement.integers) {
    const Node& node = graph.node(id);
    const QuantRecipe one = recipe_of(graph, node, all.recipe);
    VERNIER_ASSIGN(ActedModel acted, ActedModel::load(*request.model, all.placement, one));
    OutputNoise noise;
    for (std::size_t i = 0; i < want.samples.size(); ++i) {
      VERNIER_ASSIGN(const auto sample, request.samples->source->load(want.samples[i]));
      VERNIER_ASSIGN(const auto got, acted.outputs(sample));
      noise.add(want.outputs[i], got);
    }
    constexpr double kLeastNoise = 1e-20;
    const auto time = times.find(id);
    damages.push_back({node.name, std::string(node.op->name),
                       -10.0 * std::log10(std::max(noise.worst(), kLeastNoise)),
                       time == times.end() ? 0 : time->second});
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

Result<BudgetResult> fit_budget(const BudgetRequest& request, QuantChoice all,
                                const std::vector<NodeDamage>& order, double max_drop) {
  VERNIER_ASSIGN(const auto times, float_times(request, all, request.samples->calibration.front()));
  return BudgetSearch(request, all, order, times, max_drop).run();
}

}  // namespace vernier
