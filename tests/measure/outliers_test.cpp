#include "measure/outliers.h"

#include <catch2/catch.hpp>

#include <numeric>

#include "measure/block_compare.h"
#include "measure/distributions.h"
#include "measure/measure_plan.h"
#include "measure/throughput.h"

using namespace vernier;

namespace {

/// 1000, 1001, ... 1000 + n - 1.
BlockSamples ramp(int round, int n) {
  BlockSamples block;
  block.round = round;
  block.ns.resize(static_cast<std::size_t>(n));
  std::iota(block.ns.begin(), block.ns.end(), 1000);
  block.wall_ns = std::accumulate(block.ns.begin(), block.ns.end(), std::int64_t{0});
  return block;
}

RatioEstimate estimate(double ratio, double half, double half90, int pairs = 10) {
  RatioEstimate r;
  r.ratio = ratio;
  r.ci_low = ratio - half;
  r.ci_high = ratio + half;
  r.ci90_low = ratio - half90;
  r.ci90_high = ratio + half90;
  r.pairs = pairs;
  return r;
}

}  // namespace

TEST_CASE("Tukey's fences: mild, severe, both sides, nothing dropped") {
  // Quartiles of 1000 ... 1099: 1024 and 1074, range 50; fences 949, 1149 and 874, 1224.
  std::vector<BlockSamples> blocks{ramp(0, 100)};
  CHECK(label_outliers(blocks).mild == 0);
  blocks.push_back(ramp(1, 100));
  blocks.push_back(ramp(2, 100));
  blocks[1].ns[7] = 1200;
  blocks[1].ns[8] = 5000;
  blocks[2].ns[9] = 900;
  const Outliers o = label_outliers(blocks);
  CHECK(o.mild == 2);
  CHECK(o.severe == 1);
  REQUIRE(o.listed.size() == 3);
  CHECK(o.listed[0].ns == 5000);
  CHECK(o.listed[0].round == 1);
  CHECK(o.listed[0].run == 8);
  CHECK(o.listed[0].severe);
  CHECK(o.listed[2].ns == 900);
  CHECK(o.causes == std::vector<std::pair<std::string, std::int64_t>>{{"unknown", 3}});
  CHECK(label_outliers({}).listed.empty());
  // Without scatter a nanosecond is nothing.
  BlockSamples equal;
  equal.ns.assign(100, 1'000'000);
  equal.ns[5] = 1'000'001;
  CHECK(label_outliers(std::span<const BlockSamples>(&equal, 1)).mild == 0);
  equal.ns.assign(300, 1000);
  std::fill(equal.ns.begin(), equal.ns.begin() + 70, 9000);
  CHECK(label_outliers(std::span<const BlockSamples>(&equal, 1)).listed.size() == 70);
  CHECK(label_outliers(std::span<const BlockSamples>(&equal, 1)).severe == 70);
}

TEST_CASE("outliers are labelled with what happened to them") {
  std::vector<BlockSamples> blocks;
  for (int i = 0; i < 8; ++i) {
    blocks.push_back(ramp(i, 100));
    blocks.back().ns[50] = 9000;
    blocks.back().cpu_mhz = 3000;
  }
  blocks[0].events = {{50, 1, 0, 0}};
  blocks[1].events = {{50, 1, 0, 1}};
  blocks[2].events = {{50, 0, 4, 0}};
  blocks[3].events = {{49, 1, 0, 0}};  // of another run
  blocks[3].steal_ticks = 1;
  blocks[4].cpu_mhz = 2500;
  blocks[5].other_busy_ns = blocks[5].wall_ns / 2;
  const Outliers o = label_outliers(blocks);
  std::map<int, std::string> by_round;
  for (const Outlier& outlier : o.listed) by_round[outlier.round] = outlier.cause;
  CHECK(by_round[0] == "context switch");
  CHECK(by_round[1] == "page fault");
  CHECK(by_round[2] == "page fault");
  CHECK(by_round[3] == "steal");
  CHECK(by_round[4] == "frequency");
  CHECK(by_round[5] == "other process");
  CHECK(by_round[6] == "unknown");
  CHECK(o.causes[0] == std::pair<std::string, std::int64_t>("page fault", 2));
  // What every run has explains no outlier.
  BlockSamples faulty = ramp(0, 100);
  faulty.ns[50] = 9000;
  for (int i = 0; i < 100; ++i) faulty.events.push_back({i, 0, 3, 0});
  CHECK(label_outliers(std::span<const BlockSamples>(&faulty, 1)).listed[0].cause == "unknown");
}

TEST_CASE("verdicts by interval and margin") {
  const auto verdict = [](const RatioEstimate& r, double margin = 0.01) {
    return judge("a", "b", r, {}, margin).verdict;
  };
  CHECK(verdict(estimate(1.05, 0.03, 0.02)) == Verdict::faster);
  CHECK(verdict(estimate(0.95, 0.03, 0.02)) == Verdict::slower);
  CHECK(verdict(estimate(1.001, 0.02, 0.005)) == Verdict::equivalent);
  CHECK(verdict(estimate(1.05, 0.03, 0.02, 5)) == Verdict::inconclusive);
  const Comparison open = judge("a", "b", estimate(1.0, 0.03, 0.02), {}, 0.01);
  CHECK(open.verdict == Verdict::inconclusive);
  REQUIRE(open.pairs_needed);
  CHECK(*open.pairs_needed == Approx(10 * 9).margin(4));  // (half-width / margin)^2
  CHECK_FALSE(open.reason.empty());
  OutputAgreement differ;
  differ.compared = true;
  differ.reason = "relative L2 1.4";
  const Comparison wrong = judge("a", "b", estimate(2, 0.1, 0.1), differ, 0.01);
  CHECK(wrong.verdict == Verdict::disagrees);
  CHECK(wrong.reason == "relative L2 1.4");
}

TEST_CASE("Benjamini and Hochberg, by hand") {
  // p 0.01, 0.04, 0.03, 0.20, none: adjusted 0.04, 0.0533, 0.0533, 0.20.
  std::vector<Comparison> list(5);
  const std::vector<double> p{0.01, 0.04, 0.03, 0.20};
  for (std::size_t i = 0; i < p.size(); ++i) {
    list[i].p_value = p[i];
    list[i].verdict = Verdict::faster;
  }
  list[4].verdict = Verdict::disagrees;
  adjust_p_values(list);
  CHECK(*list[0].p_adjusted == Approx(0.04));
  CHECK(*list[1].p_adjusted == Approx(0.16 / 3));
  CHECK(*list[2].p_adjusted == Approx(0.16 / 3));
  CHECK(*list[3].p_adjusted == Approx(0.20));
  CHECK_FALSE(list[4].p_adjusted);
  CHECK(list[0].verdict == Verdict::faster);
  CHECK(list[1].verdict == Verdict::inconclusive);
  CHECK(list[4].verdict == Verdict::disagrees);
  std::vector<Comparison> alone(1);
  alone[0].p_value = 0.06;
  alone[0].verdict = Verdict::slower;
  adjust_p_values(alone);
  CHECK(alone[0].verdict == Verdict::slower);
}

TEST_CASE("distributions equal published tables") {
  CHECK(student_t(9, 0.95) == Approx(2.262157).epsilon(1e-5));
  CHECK(student_t(1, 0.95) == Approx(12.7062).epsilon(1e-5));
  CHECK(student_t(1e6, 0.95) == Approx(kNormal95).epsilon(1e-5));
  CHECK(incomplete_beta(2, 3, 0.5) == Approx(0.6875));  // P(Bin(4, 1/2) >= 2)
  CHECK(chi_square_ratio(19, 1.6449) * 19 == Approx(30.144).epsilon(1e-3));
  const auto w = signed_rank_distribution(10);  // 2 P(W <= 8) = 0.0488, 2 P(W <= 9) = 0.0645
  CHECK(2 * w[8] == Approx(0.048828125));
  CHECK(2 * w[9] == Approx(0.064453125));
  const auto u = mann_whitney_distribution(5, 5);  // 2 P(U <= 2) = 0.0317, 2 P(U <= 3) = 0.0556
  CHECK(2 * u[2] == Approx(8.0 / 252));
  CHECK(2 * u[3] == Approx(14.0 / 252));
}

TEST_CASE("Hodges and Lehmann's estimate and interval, by hand") {
  // d = ln 2 * {1 ... 6}: median of pairwise averages 3.5, whole range of averages at 95 %
  // (2 P(W <= 0) = 1/32), p = 1/32.
  std::vector<BlockSamples> a;
  std::vector<BlockSamples> b;
  for (int i = 0; i < 6; ++i) {
    a.push_back({i, 0, {1'000'000LL << (i + 1)}, 0, {}, {}, 0, 0});
    b.push_back({5 - i, 0, {1'000'000}, 0, {}, {}, 0, 0});
  }
  const RatioEstimate r = paired_ratio(a, b);
  CHECK(*r.ratio == Approx(std::pow(2, 3.5)));
  CHECK(r.ci_low == Approx(2));
  CHECK(r.ci_high == Approx(64));
  CHECK(*r.p_value == Approx(1.0 / 32));
  CHECK(r.pairs == 6);
  const NoiseFloor floor = noise_floor_of(r);
  REQUIRE(floor.resolution);
  CHECK(*floor.resolution == Approx(std::pow(2, 3.5 + 2.5) - 1));
  CHECK_FALSE(noise_floor_of(RatioEstimate{}).reason.empty());
  CHECK_FALSE(paired_ratio({}, b).ratio);
}

TEST_CASE("throughput by hand, and what bounds a plan") {
  // 10 runs each in 1, 2 and 3 ms: 30 * 4 samples in 6 ms.
  std::vector<BlockSamples> blocks(3);
  for (int i = 0; i < 3; ++i) {
    blocks[static_cast<std::size_t>(i)].ns.assign(10, 100'000 * (i + 1));
    blocks[static_cast<std::size_t>(i)].wall_ns = 1'000'000 * (i + 1);
  }
  const Throughput t = throughput_of(blocks, 4);
  CHECK(t.per_s == Approx(20'000));
  // Residuals 20, 0, -20: sqrt(800 * 3 / 2) / 6 ms * t(2).
  CHECK(t.ci_high - t.per_s == Approx(4.302653 * std::sqrt(1200.0) / 0.006).epsilon(1e-4));
  CHECK(t.ci_low == 0.0);
  blocks.resize(2);
  CHECK(throughput_of(blocks, 4).ci_high == 0.0);
  CHECK(throughput_of({}, 1).per_s == 0.0);

  std::vector<BlockSamples> a;
  std::vector<BlockSamples> b;
  for (int i = 0; i < 8; ++i) {
    a.push_back({i, 0, {1'000'000 + 20'000 * (i % 2)}, 0, {}, {}, 0, 0});
    b.push_back({i, 0, {1'000'000}, 0, {}, {}, 0, 0});
  }
  const MeasurePlan wide = plan_measurement(a, b, 0.001, 10.0, 1.0);
  CHECK_FALSE(wide.possible);
  CHECK(wide.seconds > 10.0);
  CHECK(wide.reachable_resolve > 0.001);
  // What can be reached is planned as possible.
  const MeasurePlan fits = plan_measurement(a, b, wide.reachable_resolve * 1.0001, 10.0, 1.0);
  CHECK(fits.possible);
  CHECK(fits.rounds == 10);
  CHECK_FALSE(plan_measurement({}, b, 0.01, 0, 1.0).possible);
  CHECK(plan_measurement(b, b, 0.01, 0, 1.0, 12).rounds == 12);
  CHECK(is_decision_round(8));
  CHECK(is_decision_round(64));
  CHECK_FALSE(is_decision_round(4));
  CHECK_FALSE(is_decision_round(24));
  CHECK(precise_enough(estimate(1, 0.005, 0.004), 0.01));
  CHECK_FALSE(precise_enough(estimate(1, 0.02, 0.01), 0.01));
  CHECK_FALSE(precise_enough(RatioEstimate{}, 1.0));
  CHECK_FALSE(precise_enough(LatencySummary{}, 1.0));
}
