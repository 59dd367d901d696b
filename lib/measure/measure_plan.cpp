#include "measure/measure_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "measure/distributions.h"

namespace vernier {
namespace {

constexpr double kEfficiency = 0.955;    // 3 / pi
constexpr double kLowerFifth = -0.8416;  // of the normal distribution
constexpr int kMostRounds = 10'000'000;
constexpr int kFirstDecision = 8;

/// Standard deviation of the paired differences, and their number.
std::pair<double, int> scatter_of(const std::vector<double>& logs) {
  const auto n = static_cast<double>(logs.size());
  double mean = 0.0;
  for (const double x : logs) mean += x / n;
  double squares = 0.0;
  for (const double x : logs) squares += (x - mean) * (x - mean);
  const double deviation = logs.size() > 1 ? std::sqrt(squares / (n - 1.0)) : 0.0;
  return {deviation, static_cast<int>(logs.size())};
}

double half_width_after(double deviation, double rounds) {
  if (rounds < kLeastPairs) return std::numeric_limits<double>::infinity();
  return std::expm1(student_t(rounds - 1.0, 0.95) * deviation / std::sqrt(kEfficiency * rounds));
}

}  // namespace

MeasurePlan plan_measurement(std::span<const BlockSamples> baseline,
                             std::span<const BlockSamples> contender, double resolve,
                             double budget_s, double round_s, int least_rounds, PairUnit unit) {
  MeasurePlan plan;
  plan.unit = unit;
  plan.resolve = resolve;
  plan.budget_s = budget_s;
  const auto [pilot, pairs] = scatter_of(paired_differences(baseline, contender, unit));
  if (pairs < 3) {
    plan.possible = false;
    plan.reachable_resolve = std::numeric_limits<double>::infinity();
    return plan;
  }
  const double deviation = pilot / std::sqrt(chi_square_ratio(pairs - 1.0, kLowerFifth));
  int low = std::max(least_rounds, kLeastPairs);
  int high = low;
  while (half_width_after(deviation, high) > resolve && high < kMostRounds) high *= 2;
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (half_width_after(deviation, middle) > resolve) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  plan.rounds = low;
  plan.seconds = low * round_s;
  plan.reachable_resolve = half_width_after(deviation, low);
  if (budget_s > 0.0 && round_s > 0.0) {
    plan.possible = plan.seconds <= budget_s;
    plan.reachable_resolve =
        half_width_after(deviation, std::min(std::floor(budget_s / round_s), 1e9));
  }
  return plan;
}

bool precise_enough(const LatencySummary& latency, double precision) {
  if (!latency.p50.value) return false;
  const auto width = static_cast<double>(latency.p50.ci_high - latency.p50.ci_low);
  return width / 2.0 <= precision * static_cast<double>(*latency.p50.value);
}

bool precise_enough(const RatioEstimate& ratio, double resolve) {
  return ratio.ratio && ratio.pairs >= kLeastPairs && half_width(ratio) <= resolve;
}

bool is_decision_round(int rounds_done) noexcept {
  return rounds_done >= kFirstDecision && (rounds_done & (rounds_done - 1)) == 0;
}

}  // namespace vernier
