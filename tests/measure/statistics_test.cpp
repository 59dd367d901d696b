#include "measure/statistics.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

#include "base/counter_random.h"
#include "measure/measurement.h"

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
  // In an order without positive correlation.
  for (std::size_t i = 0; i < 100; ++i) samples[i] = static_cast<std::int64_t>(i * 37 % 100) + 1;
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
  CHECK(s.p99.reason == "needs about 268 more runs like these, has 100");
  CHECK(needed_runs(0.5) == 6);
  CHECK(needed_runs(0.9) == 36);
  CHECK(needed_runs(0.95) == 72);
  CHECK_FALSE(summarize(std::vector<std::int64_t>()).p50.value);
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
  CHECK_FALSE(a.p50.value);
  std::vector<std::int64_t> sticky;  // every value 5 times
  for (std::size_t i = 0; i < 1000; ++i) sticky.push_back(shuffled[i / 5]);
  const LatencySummary c = summarize(sticky);
  CHECK(c.lag1 == Approx(0.8).margin(0.05));
  CHECK(c.n_effective == Approx(200).epsilon(0.3));
  CHECK(c.p50.ci_high - c.p50.ci_low > 1.5 * static_cast<double>(b.p50.ci_high - b.p50.ci_low));
}

TEST_CASE("correlation is that within blocks; levels of blocks count by themselves") {
  // Four runs 0 1 0 1 above each block's level: neighbours always differ.
  std::vector<BlockSamples> blocks(10);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    for (int i = 0; i < 40; ++i) {
      blocks[b].ns.push_back(1000 + 100 * static_cast<int>(b) + i % 2);
    }
  }
  const LatencySummary s = summarize(std::span<const BlockSamples>(blocks));
  CHECK(s.lag1 == Approx(-39.0 / 40));
  // Ten levels, not 400 runs: hardly more than ten independent values.
  CHECK(s.n_effective < 20);
  CHECK_FALSE(s.p90.value);
  CHECK(s.p90.reason.find("more runs like these, has 400") != std::string::npos);
}

TEST_CASE("rank intervals of fewer effective runs") {
  const RankInterval same = rank_interval(1000, 1000.0, 0.5);
  CHECK(same.low == 469);
  CHECK(same.high == 532);
  // 40 to 61 of 100: 39.5 and 60.5 times ten, plus a half, but for the real-valued ranks between.
  const RankInterval tenth = rank_interval(1000, 100.0, 0.5);
  CHECK(tenth.low >= 395);
  CHECK(tenth.low <= 405);
  CHECK(tenth.high == 1001 - tenth.low);
  const RankInterval large = rank_interval(200'000, 0.5);
  CHECK(large.low == Approx(100'000.5 - 1.959964 * std::sqrt(50'000.0)).margin(1.5));
}

TEST_CASE("median of even and odd counts") {
  CHECK(median({3}) == 3);
  CHECK(median({4, 1, 3, 2}) == 2.5);
  CHECK(median({5, 1, 3}) == 3);
}
