#include "measure/statistics.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

#include "base/counter_random.h"

using namespace vernier;

TEST_CASE("rank intervals equal the published table") {
  // 95 % ranks for n = 100, 300, 1000 (order statistics of the binomial).
  const auto ranks = [](std::int64_t n, double q) {
    const RankInterval r = rank_interval(n, q);
    return std::pair<std::int64_t, std::int64_t>(r.low, r.high);
  };
  using P = std::pair<std::int64_t, std::int64_t>;
  CHECK(ranks(100, 0.50) == P(40, 61));
  CHECK(ranks(100, 0.90) == P(84, 96));
  CHECK(ranks(100, 0.95) == P(90, 100));
  CHECK(ranks(100, 0.99) == P(97, 101));  // no upper rank
  CHECK(ranks(300, 0.50) == P(133, 168));
  CHECK(ranks(300, 0.90) == P(259, 281));
  CHECK(ranks(300, 0.95) == P(277, 293));
  CHECK(ranks(1000, 0.50) == P(469, 532));
  CHECK(ranks(1000, 0.99) == P(983, 997));
  CHECK(ranks(10000, 0.99) == P(9880, 9920));
}

TEST_CASE("percentiles are nearest rank, withheld when n is too small") {
  std::vector<std::int64_t> samples(100);
  std::iota(samples.begin(), samples.end(), 1);
  // In an order whose neighbours are not positively correlated.
  for (std::size_t i = 0; i < 50; ++i) {
    samples[2 * i] = static_cast<std::int64_t>(i) + 1;
    samples[2 * i + 1] = 100 - static_cast<std::int64_t>(i);
  }
  const LatencySummary s = summarize(samples);
  CHECK(s.n == 100);
  CHECK(s.min == 1);
  CHECK(s.max == 100);
  CHECK(s.mean == Approx(50.5));
  CHECK(s.stddev == Approx(29.011491975882016));
  CHECK(s.p50.value == 50);
  CHECK(s.p50.ci_low == 40);
  CHECK(s.p50.ci_high == 61);
  CHECK(s.p90.value == 90);
  CHECK(s.p95.value == 95);
  CHECK_FALSE(s.p99.value);
  CHECK(s.p99.reason == "needs at least 368 runs, has 100");
  CHECK(needed_runs(0.5) == 6);
  CHECK(needed_runs(0.9) == 36);
  CHECK(needed_runs(0.95) == 72);
  CHECK_FALSE(summarize(std::span<const std::int64_t>{}).p50.value);
  const std::vector<std::int64_t> one{5};
  CHECK(summarize(one).stddev == 0.0);
  CHECK_FALSE(summarize(one).p50.value);
}

TEST_CASE("correlated samples widen the interval") {
  std::vector<std::int64_t> drifting;
  std::vector<std::int64_t> shuffled;
  for (int i = 0; i < 1000; ++i) {
    drifting.push_back(1000 + i);
    shuffled.push_back(1000 + static_cast<std::int64_t>(random_below(counter_random(7, i), 1000)));
  }
  const LatencySummary a = summarize(drifting);
  const LatencySummary b = summarize(shuffled);
  CHECK(a.lag1 > 0.9);
  CHECK(std::abs(b.lag1) < 0.1);
  CHECK(a.n_effective < 100);
  CHECK(a.p50.ci_high - a.p50.ci_low > 2 * (b.p50.ci_high - b.p50.ci_low));
}

TEST_CASE("the interval covers the true median about 95 times in 100") {
  int covered = 0;
  for (int trial = 0; trial < 400; ++trial) {
    std::vector<std::int64_t> samples;
    for (int i = 0; i < 200; ++i) {
      const auto bits = counter_random(static_cast<std::uint64_t>(trial) + 1, i);
      samples.push_back(static_cast<std::int64_t>(random_below(bits, 1'000'001)));
    }
    const LatencySummary s = summarize(samples);
    if (s.p50.ci_low <= 500'000 && s.p50.ci_high >= 500'000) ++covered;
  }
  CHECK(covered >= 368);
  CHECK(covered <= 398);
}

TEST_CASE("median of even and odd counts") {
  CHECK(median({3}) == 3);
  CHECK(median({4, 1, 3, 2}) == 2.5);
  CHECK(median({5, 1, 3}) == 3);
}
