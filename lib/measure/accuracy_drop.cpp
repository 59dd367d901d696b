#include "measure/accuracy_drop.h"

#include <algorithm>
#include <cmath>

#include "measure/distributions.h"

namespace vernier {
namespace {

/// Tango's score statistic for the difference `delta`, with the nuisance proportion at its maximum
/// likelihood under that difference.
double score_statistic(double lost, double gained, double n, double delta) {
  const double a = 2.0 * n;
  const double b = -lost - gained + (2.0 * n - lost + gained) * delta;
  const double c = -gained * delta * (1.0 - delta);
  const double nuisance = (std::sqrt(std::max(b * b - 4.0 * a * c, 0.0)) - b) / (2.0 * a);
  const double variance = n * (2.0 * nuisance + delta * (1.0 - delta));
  const double difference = lost - gained - n * delta;
  if (variance <= 0.0) {
    return difference == 0.0 ? 0.0 : std::copysign(HUGE_VAL, difference);
  }
  return difference / std::sqrt(variance);
}

/// The statistic falls with delta: where it equals `target`.
double solve(double lost, double gained, double n, double target) {
  double low = -1.0;
  double high = 1.0;
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = 0.5 * (low + high);
    (score_statistic(lost, gained, n, middle) > target ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

bool is_binary(const PairedScore& score) {
  const auto fits = [](double x) { return x == 0.0 || x == 1.0; };
  return fits(score.before) && fits(score.after);
}

}  // namespace

AccuracyDrop accuracy_drop(std::span<const PairedScore> scores) {
  AccuracyDrop result;
  if (scores.empty()) return result;
  const auto n = static_cast<double>(scores.size());
  result.samples = static_cast<std::int64_t>(scores.size());
  double lost = 0.0;
  double gained = 0.0;
  double squares = 0.0;
  for (const PairedScore& score : scores) {
    result.before += score.before;
    result.after += score.after;
    const double d = score.before - score.after;
    lost += d > 0.0 ? 1.0 : 0.0;
    gained += d < 0.0 ? 1.0 : 0.0;
    result.drop += d;
    squares += d * d;
  }
  result.before /= n;
  result.after /= n;
  result.drop /= n;  // once: 9 of 300 is 0.03 and no more
  if (std::all_of(scores.begin(), scores.end(), is_binary)) {
    result.low = solve(lost, gained, n, kNormal95);
    result.high = solve(lost, gained, n, -kNormal95);
    return result;
  }
  result.low = result.high = result.drop;
  if (scores.size() < 2) return result;
  constexpr double kConfidence = 0.95;
  const double variance = std::max(squares - n * result.drop * result.drop, 0.0) / (n - 1.0);
  const double half = student_t(n - 1.0, kConfidence) * std::sqrt(variance / n);
  result.low -= half;
  result.high += half;
  return result;
}

}  // namespace vernier
