#include "measure/block_compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "measure/distributions.h"

namespace vernier {
namespace {

constexpr std::size_t kMostGroups = 500;
constexpr std::size_t kLeastGroups = 10;
constexpr int kExactPairs = 60;
constexpr std::size_t kExactProduct = 625;  // 25 x 25: the counts are exact integers
constexpr double kUpperSixth = 1.0;         // of the normal distribution
constexpr double kFalseDiscoveries = 0.05;

/// Averages of neighbours, while there are too many values or they depend on each other.
std::vector<double> independent_groups(std::vector<double> values) {
  while (true) {
    const auto n = static_cast<double>(values.size());
    const bool correlated =
        values.size() >= 2 * kLeastGroups && lag1_correlation(values) > kUpperSixth / std::sqrt(n);
    if (values.size() <= kMostGroups && !correlated) return values;
    std::vector<double> halved;
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
      halved.push_back((values[i] + values[i + 1]) / 2.0);
    }
    values = std::move(halved);
  }
}

/// Null distribution of a rank statistic on 0 ... top, symmetric about top / 2.
class RankStatistic {
 public:
  RankStatistic(std::vector<double> exact, double top, double deviation)
      : exact_(std::move(exact)), top_(top), deviation_(deviation) {}
  /// P(statistic <= k), k below the middle.
  [[nodiscard]] double tail(double k) const {
    if (k < 0.0) return 0.0;
    if (!exact_.empty()) {
      const auto index = static_cast<std::size_t>(k);
      return exact_[std::min(index, exact_.size() - 1)];
    }
    return 0.5 * std::erfc((top_ / 2.0 - std::floor(k) - 0.5) / deviation_ / std::sqrt(2.0));
  }
  /// Number of estimates to leave out at each end for a two-sided interval: the largest k with
  /// 2 P(statistic <= k - 1) <= 1 - confidence.
  [[nodiscard]] std::size_t outside(double confidence) const {
    double low = 0.0;
    double high = top_ / 2.0;
    while (high - low > 0.5) {
      const double middle = std::ceil((low + high) / 2.0);
      if (2.0 * tail(middle - 1.0) <= 1.0 - confidence) {
        low = middle;
      } else {
        high = middle - 1.0;
      }
    }
    return static_cast<std::size_t>(low);
  }
  /// Two-sided, for a statistic that may lie on either side of the middle.
  [[nodiscard]] double p_value(double statistic) const {
    return std::min(1.0, 2.0 * tail(std::ceil(std::min(statistic, top_ - statistic))));
  }

 private:
  std::vector<double> exact_;
  double top_;
  double deviation_;
};

/// Median, intervals and p-value from all shift estimates: as many as `statistic` has steps. The
/// statistic is the number of estimates above 0.
void fill(RatioEstimate& estimate, std::vector<double> shifts, const RankStatistic& statistic) {
  estimate.ratio = std::exp(median(shifts));
  std::sort(shifts.begin(), shifts.end());
  const auto interval = [&](double confidence, double& low, double& high) {
    // No such interval with very few values: the whole range, which has less than its confidence.
    const std::size_t out = std::max<std::size_t>(statistic.outside(confidence), 1);
    low = std::exp(shifts[out - 1]);
    high = std::exp(shifts[shifts.size() - out]);
  };
  interval(0.95, estimate.ci_low, estimate.ci_high);
  interval(0.90, estimate.ci90_low, estimate.ci90_high);
  double above = 0.0;
  for (const double shift : shifts) above += shift > 0.0 ? 1.0 : (shift < 0.0 ? 0.0 : 0.5);
  estimate.p_value = statistic.p_value(above);
}

/// Values as they come, or averaged by process.
class Levels {
 public:
  explicit Levels(PairUnit unit) : unit_(unit) {}
  void add(int process, double value) {
    if (unit_ == PairUnit::block) {
      values_.push_back(value);
      return;
    }
    auto& [sum, count] = sums_[process];
    sum += value;
    ++count;
  }
  [[nodiscard]] std::vector<double> take() && {
    for (const auto& [process, level] : sums_) values_.push_back(level.first / level.second);
    return std::move(values_);
  }

 private:
  PairUnit unit_;
  std::vector<double> values_;
  std::map<int, std::pair<double, int>> sums_;  // process -> sum and count
};

double median_of(const BlockSamples& block) {
  return median(std::vector<double>(block.ns.begin(), block.ns.end()));
}

std::vector<double> log_medians(std::span<const BlockSamples> blocks, PairUnit unit) {
  Levels levels(unit);
  for (const BlockSamples& block : blocks) {
    if (block.ns.empty()) continue;
    const double value = median_of(block);
    if (value > 0.0) levels.add(block.process, std::log(value));
  }
  return std::move(levels).take();
}

std::string too_few(int pairs, PairUnit unit) {
  const std::string units =
      unit == PairUnit::process ? " processes of each engine" : " pairs of blocks";
  return "needs at least " + std::to_string(kLeastPairs) + units + ", has " + std::to_string(pairs);
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", share * 100.0);
  return text;
}

/// Pairs after which the interval, which shrinks with their root, would fit between the estimate
/// and the nearer bound of the margin.
int pairs_to_decide(const RatioEstimate& ratio, double margin) {
  const double bound = std::log1p(margin);
  const double shift = std::abs(std::log(*ratio.ratio));
  const double distance = std::max({std::abs(shift - bound), bound / 4.0, 1e-4});
  const double factor = std::log1p(half_width(ratio)) / distance;
  const double pairs = std::ceil(ratio.pairs * std::max(factor * factor, 1.0));
  return static_cast<int>(std::clamp(pairs, ratio.pairs + 1.0, 1e6));
}

}  // namespace

std::string_view steady_class_name(SteadyClass steady) noexcept {
  switch (steady) {
    case SteadyClass::flat:
      return "flat";
    case SteadyClass::warm_up:
      return "warm_up";
    case SteadyClass::slowdown:
      return "slowdown";
    case SteadyClass::bimodal:
      return "bimodal";
    case SteadyClass::no_steady_state:
      return "no_steady_state";
    case SteadyClass::unknown:
      break;
  }
  return "unknown";
}

std::string_view verdict_name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::faster:
      return "faster";
    case Verdict::slower:
      return "slower";
    case Verdict::disagrees:
      return "disagrees";
    case Verdict::equivalent:
      return "equivalent";
    case Verdict::not_comparable:
      return "not_comparable";
    case Verdict::inconclusive:
      break;
  }
  return "inconclusive";
}

std::string_view pair_unit_name(PairUnit unit) noexcept {
  return unit == PairUnit::process ? "process" : "block";
}

std::vector<std::pair<int, double>> block_medians(std::span<const BlockSamples> blocks) {
  std::vector<std::pair<int, double>> medians;
  for (const BlockSamples& block : blocks) {
    if (!block.ns.empty()) medians.emplace_back(block.round, median_of(block));
  }
  return medians;
}

int process_count(std::span<const BlockSamples> blocks) {
  std::set<int> processes;
  for (const BlockSamples& block : blocks) processes.insert(block.process);
  return static_cast<int>(processes.size());
}

std::vector<double> paired_differences(std::span<const BlockSamples> baseline,
                                       std::span<const BlockSamples> contender, PairUnit unit) {
  std::vector<std::pair<int, double>> a = block_medians(baseline);
  std::stable_sort(a.begin(), a.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  Levels levels(unit);
  for (const BlockSamples& block : contender) {
    if (block.ns.empty()) continue;
    const double value = median_of(block);
    const auto pair =
        std::lower_bound(a.begin(), a.end(), block.round,
                         [](const auto& row, int wanted) { return row.first < wanted; });
    if (pair != a.end() && pair->first == block.round && value > 0.0 && pair->second > 0.0) {
      levels.add(block.process, std::log(pair->second / value));
    }
  }
  return std::move(levels).take();
}

RatioEstimate paired_ratio(std::span<const BlockSamples> baseline,
                           std::span<const BlockSamples> contender, PairUnit unit) {
  std::vector<double> logs = paired_differences(baseline, contender, unit);
  RatioEstimate estimate;
  estimate.unit = unit;
  estimate.pairs = static_cast<int>(logs.size());
  if (logs.empty()) return estimate;
  logs = independent_groups(std::move(logs));
  std::vector<double> averages;
  averages.reserve(logs.size() * (logs.size() + 1) / 2);
  for (std::size_t i = 0; i < logs.size(); ++i) {
    for (std::size_t j = i; j < logs.size(); ++j) averages.push_back((logs[i] + logs[j]) / 2.0);
  }
  const auto n = static_cast<double>(logs.size());
  const bool exact = n <= kExactPairs;
  const RankStatistic statistic(
      exact ? signed_rank_distribution(static_cast<int>(n)) : std::vector<double>(),
      n * (n + 1.0) / 2.0, std::sqrt(n * (n + 1.0) * (2.0 * n + 1.0) / 24.0));
  fill(estimate, std::move(averages), statistic);
  return estimate;
}

RatioEstimate unpaired_ratio(std::span<const BlockSamples> baseline,
                             std::span<const BlockSamples> contender) {
  RatioEstimate estimate;
  const bool several = process_count(baseline) > 1 && process_count(contender) > 1;
  estimate.unit = several ? PairUnit::process : PairUnit::block;
  auto a = log_medians(baseline, estimate.unit);
  auto b = log_medians(contender, estimate.unit);
  estimate.pairs = static_cast<int>(std::min(a.size(), b.size()));
  if (a.empty() || b.empty()) return estimate;
  a = independent_groups(std::move(a));
  b = independent_groups(std::move(b));
  std::vector<double> differences;
  differences.reserve(a.size() * b.size());
  for (const double first : a) {
    for (const double second : b) differences.push_back(first - second);
  }
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const bool exact = a.size() * b.size() <= kExactProduct;
  const RankStatistic statistic(
      exact ? mann_whitney_distribution(static_cast<int>(n), static_cast<int>(m))
            : std::vector<double>(),
      n * m, std::sqrt(n * m * (n + m + 1.0) / 12.0));
  fill(estimate, std::move(differences), statistic);
  return estimate;
}

Comparison judge(const std::string& baseline, const std::string& contender,
                 const RatioEstimate& ratio, const OutputAgreement& outputs, double margin) {
  Comparison comparison;
  comparison.baseline = baseline;
  comparison.contender = contender;
  comparison.ratio = ratio.ratio;
  comparison.ci_low = ratio.ci_low;
  comparison.ci_high = ratio.ci_high;
  comparison.pairs = ratio.pairs;
  comparison.unit = ratio.unit;
  comparison.p_value = ratio.p_value;
  comparison.margin = margin;
  comparison.outputs = outputs;
  if (outputs.compared && !outputs.agree) {
    comparison.verdict = Verdict::disagrees;
    comparison.reason = outputs.reason;
  } else if (!ratio.ratio || ratio.pairs < kLeastPairs) {
    comparison.reason = too_few(ratio.pairs, ratio.unit);
    if (ratio.ratio) comparison.pairs_needed = kLeastPairs;
  } else if (ratio.ci_low > 1.0 + margin) {
    comparison.verdict = Verdict::faster;
  } else if (ratio.ci_high < 1.0 / (1.0 + margin)) {
    comparison.verdict = Verdict::slower;
  } else if (ratio.ci90_low > 1.0 / (1.0 + margin) && ratio.ci90_high < 1.0 + margin) {
    comparison.verdict = Verdict::equivalent;
  } else {
    comparison.pairs_needed = pairs_to_decide(ratio, margin);
    comparison.reason = "the 95 % interval reaches across the margin of " + percent(margin) +
                        "; about " + std::to_string(*comparison.pairs_needed) +
                        (ratio.unit == PairUnit::process ? " processes" : " pairs") +
                        " would decide, has " + std::to_string(ratio.pairs);
  }
  return comparison;
}

void adjust_p_values(std::vector<Comparison>& comparisons) {
  std::vector<Comparison*> tested;
  for (Comparison& comparison : comparisons) {
    if (comparison.p_value) tested.push_back(&comparison);
  }
  std::stable_sort(tested.begin(), tested.end(), [](const Comparison* a, const Comparison* b) {
    return *a->p_value < *b->p_value;
  });
  const auto count = static_cast<double>(tested.size());
  double least = 1.0;
  for (std::size_t rank = tested.size(); rank > 0; --rank) {
    Comparison& comparison = *tested[rank - 1];
    least = std::min(least, *comparison.p_value * count / static_cast<double>(rank));
    comparison.p_adjusted = least;
    const bool claims =
        comparison.verdict == Verdict::faster || comparison.verdict == Verdict::slower;
    if (tested.size() < 2 || !claims || least <= kFalseDiscoveries) continue;
    comparison.verdict = Verdict::inconclusive;
    comparison.reason = "among " + std::to_string(tested.size()) +
                        " comparisons this may be chance (adjusted p above 0.05)";
    comparison.pairs_needed = 2 * comparison.pairs;
  }
}

NoiseFloor noise_floor_of(const RatioEstimate& ratio) {
  NoiseFloor floor;
  floor.ratio = ratio.ratio;
  floor.ci_low = ratio.ci_low;
  floor.ci_high = ratio.ci_high;
  floor.pairs = ratio.pairs;
  if (!ratio.ratio || ratio.pairs < kLeastPairs) {
    floor.reason = too_few(ratio.pairs, ratio.unit);
    return floor;
  }
  floor.resolution = std::expm1(std::abs(std::log(*ratio.ratio)) + std::log1p(half_width(ratio)));
  return floor;
}

double half_width(const RatioEstimate& ratio) {
  if (!ratio.ratio || !(ratio.ci_low > 0.0)) return 0.0;
  return std::sqrt(ratio.ci_high / ratio.ci_low) - 1.0;
}

double claimable_shift(double margin, double half_width) {
  return margin + half_width * (1.0 + kNormal90 / kNormal95);
}

}  // namespace vernier
