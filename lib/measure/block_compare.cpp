#include "measure/block_compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/counter_random.h"

namespace vernier {
namespace {

std::vector<double> resample(const std::vector<double>& values, std::uint64_t key,
                             std::uint64_t& counter) {
  std::vector<double> chosen(values.size());
  for (double& value : chosen) {
    value = values[random_below(counter_random(key, counter++), values.size())];
  }
  return chosen;
}

void set_interval(RatioEstimate& estimate, std::vector<double> logs) {
  std::sort(logs.begin(), logs.end());
  const auto at = [&](double q) {
    const auto last = static_cast<double>(logs.size() - 1);
    return logs[static_cast<std::size_t>(std::lround(q * last))];
  };
  estimate.ci_low = std::exp(at(0.025));
  estimate.ci_high = std::exp(at(0.975));
}

std::vector<double> log_medians(std::span<const BlockSamples> blocks) {
  std::vector<double> logs;
  for (const auto& [round, value] : block_medians(blocks)) {
    if (value > 0.0) logs.push_back(std::log(value));
  }
  return logs;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", share * 100.0);
  return text;
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

std::vector<std::pair<int, double>> block_medians(std::span<const BlockSamples> blocks) {
  std::vector<std::pair<int, double>> medians;
  for (const BlockSamples& block : blocks) {
    if (block.ns.empty()) continue;
    medians.emplace_back(block.round,
                         median(std::vector<double>(block.ns.begin(), block.ns.end())));
  }
  return medians;
}

RatioEstimate paired_ratio(std::span<const BlockSamples> baseline,
                           std::span<const BlockSamples> contender, std::uint64_t seed) {
  const auto a = block_medians(baseline);
  std::vector<double> logs;
  for (const auto& [round, value] : block_medians(contender)) {
    const int wanted = round;
    const auto pair =
        std::find_if(a.begin(), a.end(), [&](const auto& row) { return row.first == wanted; });
    if (pair != a.end() && value > 0.0 && pair->second > 0.0) {
      logs.push_back(std::log(pair->second / value));
    }
  }
  RatioEstimate estimate;
  estimate.pairs = static_cast<int>(logs.size());
  if (logs.empty()) return estimate;
  estimate.ratio = std::exp(median(logs));
  const std::uint64_t key = random_key(seed, "paired bootstrap");
  std::uint64_t counter = 0;
  std::vector<double> medians(kBootstrapResamples);
  for (double& value : medians) value = median(resample(logs, key, counter));
  set_interval(estimate, std::move(medians));
  return estimate;
}

RatioEstimate unpaired_ratio(std::span<const BlockSamples> baseline,
                             std::span<const BlockSamples> contender, std::uint64_t seed) {
  const auto a = log_medians(baseline);
  const auto b = log_medians(contender);
  RatioEstimate estimate;
  estimate.pairs = static_cast<int>(std::min(a.size(), b.size()));
  if (a.empty() || b.empty()) return estimate;
  estimate.ratio = std::exp(median(a) - median(b));
  const std::uint64_t key = random_key(seed, "unpaired bootstrap");
  std::uint64_t counter = 0;
  std::vector<double> differences(kBootstrapResamples);
  for (double& value : differences) {
    const double first = median(resample(a, key, counter));
    value = first - median(resample(b, key, counter));
  }
  set_interval(estimate, std::move(differences));
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
  comparison.margin = margin;
  comparison.outputs = outputs;
  if (outputs.compared && !outputs.agree) {
    comparison.verdict = Verdict::disagrees;
    comparison.reason = outputs.reason;
  } else if (!ratio.ratio || ratio.pairs < kLeastPairs) {
    comparison.reason = "needs at least " + std::to_string(kLeastPairs) + " pairs of blocks, has " +
                        std::to_string(ratio.pairs);
  } else if (ratio.ci_low > 1.0 + margin) {
    comparison.verdict = Verdict::faster;
  } else if (ratio.ci_high < 1.0 / (1.0 + margin)) {
    comparison.verdict = Verdict::slower;
  } else {
    comparison.reason = "the 95 % interval reaches into differences below " + percent(margin);
  }
  return comparison;
}

}  // namespace vernier
