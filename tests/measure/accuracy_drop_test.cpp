#include "measure/accuracy_drop.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

using namespace vernier;

namespace {

std::vector<PairedScore> pairs(int lost, int gained, int same) {
  std::vector<PairedScore> scores(static_cast<std::size_t>(lost), PairedScore{1.0, 0.0});
  scores.insert(scores.end(), static_cast<std::size_t>(gained), PairedScore{0.0, 1.0});
  scores.insert(scores.end(), static_cast<std::size_t>(same), PairedScore{1.0, 1.0});
  return scores;
}

/// Tango's statistic with the nuisance proportion found by trying: the multinomial likelihood of
/// (lost, gained, rest) with P(lost) = P(gained) + delta, largest over a fine grid.
double statistic(double lost, double gained, double n, double delta) {
  double best = -HUGE_VAL;
  double at = 0.0;
  constexpr int kSteps = 400'000;
  for (int i = 0; i <= kSteps; ++i) {
    const double q = static_cast<double>(i) / kSteps;  // P(gained)
    const double p = q + delta;
    const double rest = 1.0 - p - q;
    if (p < 0.0 || rest < 0.0) continue;
    const auto term = [](double count, double share) {
      return count == 0.0 ? 0.0 : count * std::log(share);
    };
    const double value = term(lost, p) + term(gained, q) + term(n - lost - gained, rest);
    if (value > best) {
      best = value;
      at = q;
    }
  }
  return (lost - gained - n * delta) / std::sqrt(n * (2.0 * at + delta - delta * delta));
}

}  // namespace

TEST_CASE("the interval of a paired difference is where Tango's statistic is +-1.96", "[measure]") {
  struct Case {
    int lost, gained, same;
  };
  for (const Case& c : {Case{12, 2, 36}, Case{3, 0, 47}, Case{5, 5, 90}, Case{1, 4, 15}}) {
    const AccuracyDrop drop = accuracy_drop(pairs(c.lost, c.gained, c.same));
    const double n = c.lost + c.gained + c.same;
    INFO(c.lost << " lost, " << c.gained << " gained of " << n);
    CHECK(drop.drop == Approx((c.lost - c.gained) / n).margin(1e-12));
    CHECK(statistic(c.lost, c.gained, n, drop.low) == Approx(1.96).margin(5e-3));
    CHECK(statistic(c.lost, c.gained, n, drop.high) == Approx(-1.96).margin(5e-3));
  }
}

TEST_CASE("nothing lost in few samples does not mean that nothing is lost", "[measure]") {
  // Without discordant pairs Tango's limits are +-z^2 / (n + z^2).
  constexpr double kZ2 = 1.959963984540054 * 1.959963984540054;
  for (const int n : {10, 50, 1000}) {
    const AccuracyDrop drop = accuracy_drop(pairs(0, 0, n));
    CHECK(drop.drop == 0.0);
    CHECK(drop.high == Approx(kZ2 / (n + kZ2)).epsilon(1e-6));
    CHECK(drop.low == Approx(-kZ2 / (n + kZ2)).epsilon(1e-6));
  }
}

TEST_CASE("a share that is a round number is that number", "[measure]") {
  CHECK(accuracy_drop(pairs(9, 0, 291)).drop == 0.03);
  CHECK(accuracy_drop(pairs(18, 0, 282)).drop == 0.06);
}

TEST_CASE("scores that are no shares have Student's interval", "[measure]") {
  // Differences 1, 2, 3: mean 2, deviation 1, t(2) = 4.3027, so 2 +- 2.4841.
  const std::vector<PairedScore> scores = {{1.5, 0.5}, {2.0, 0.0}, {3.0, 0.0}};
  const AccuracyDrop drop = accuracy_drop(scores);
  CHECK(drop.drop == Approx(2.0));
  CHECK(drop.low == Approx(2.0 - 2.48414).epsilon(1e-5));
  CHECK(drop.high == Approx(2.0 + 2.48414).epsilon(1e-5));
  CHECK(drop.samples == 3);
  CHECK(accuracy_drop({}).samples == 0);
}
