// Repeated draws from known distributions: how often do intervals hold what is true?
#include <catch2/catch.hpp>

#include "measure/block_compare.h"
#include "measure/measure_plan.h"
#include "measure/statistics.h"
#include "measure/synthetic.h"
#include "measure/throughput.h"

using namespace vernier;

namespace {

constexpr int kTrials = 1000;
constexpr double kNormalAt90 = 1.2815515655446004;

/// Share of trials, in percent, in which p50's and p90's intervals hold the true quantile.
std::pair<double, double> coverage(const Script& script, std::uint64_t seed) {
  Random random(seed);
  int at50 = 0;
  int at90 = 0;
  int given90 = 0;
  const double sd = std::sqrt(script.sd * script.sd + script.block * script.block);
  const bool log = script.shape == Script::Shape::lognormal;
  const double true90 = script.mean * (log ? std::exp(sd * kNormalAt90) : 1 + sd * kNormalAt90);
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto blocks = make_blocks(script, random);
    const LatencySummary s = script.blocks == 1 ? summarize(blocks[0].ns)
                                                : summarize(std::span<const BlockSamples>(blocks));
    REQUIRE(s.p50.value);
    if (s.p50.ci_low <= script.mean && script.mean <= s.p50.ci_high) ++at50;
    if (s.p90.value) ++given90;
    if (s.p90.value && s.p90.ci_low <= true90 && true90 <= s.p90.ci_high) ++at90;
  }
  return {100.0 * at50 / kTrials, 100.0 * at90 / given90};
}

Script script(int blocks, int runs, double ar, double block,
              Script::Shape shape = Script::Shape::normal) {
  Script s;
  s.blocks = blocks;
  s.runs = runs;
  s.ar = ar;
  s.block = block;
  s.shape = shape;
  return s;
}

BlockSamples single(int round, double ns) {
  return {round, 0, {std::llround(ns)}, 0, {}, {}, 0, 0};
}

}  // namespace

TEST_CASE("percentile intervals hold the truth in 93 to 97 of 100 trials") {
  const auto lognormal = Script::Shape::lognormal;
  const std::vector<std::pair<const char*, Script>> cases = {
      {"independent, one series", script(1, 1000, 0, 0)},
      {"lag-1 correlation 0.5, one series", script(1, 1000, 0.5, 0)},
      {"independent, in blocks", script(20, 50, 0, 0)},
      {"correlated, in blocks", script(20, 50, 0.5, 0)},
      {"weak block levels", script(20, 50, 0, 0.01)},
      {"strong block levels", script(60, 25, 0.5, 0.04)},
      {"skewed", script(1, 1000, 0, 0, lognormal)},
      {"skewed and correlated", script(1, 1000, 0.5, 0, lognormal)},
      {"skewed, correlated, block levels", script(40, 25, 0.5, 0.03, lognormal)},
  };
  std::uint64_t seed = 101;
  for (const auto& [name, s] : cases) {
    const auto [at50, at90] = coverage(s, seed++);
    CAPTURE(name, at50, at90);
    CHECK(at50 >= 93.0);
    CHECK(at50 <= 97.0);
    CHECK(at90 >= 93.0);
    CHECK(at90 <= 97.0);
  }
}

TEST_CASE("ratio intervals hold the truth in 93 to 97 of 100 trials") {
  Random random(7);
  for (const int pairs : {10, 20, 40}) {
    for (const bool skewed : {false, true}) {
      int paired = 0;
      int unpaired = 0;
      int at90 = 0;
      for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<BlockSamples> a;
        std::vector<BlockSamples> b;
        std::vector<BlockSamples> alone;
        for (int i = 0; i < pairs; ++i) {
          const auto noise = [&] {
            return 0.01 * (skewed ? random.exponential() : random.normal());
          };
          const double common = 0.03 * random.normal();  // what both feel in a round
          const double scatter = noise();
          a.push_back(single(i, 1.1e9 * std::exp(common + scatter)));
          alone.push_back(single(i, 1.1e9 * std::exp(scatter)));
          const double other = noise();
          b.push_back(single(i, 1e9 * std::exp(common + other)));
          b.back().position = 1;
          alone.push_back(single(i, 1e9 * std::exp(other)));
        }
        const RatioEstimate p = paired_ratio(a, b);
        if (p.ci_low <= 1.1 && 1.1 <= p.ci_high) ++paired;
        if (p.ci90_low <= 1.1 && 1.1 <= p.ci90_high) ++at90;
        std::vector<BlockSamples> first;
        std::vector<BlockSamples> second;
        for (std::size_t i = 0; i < alone.size(); ++i)
          (i % 2 == 0 ? first : second).push_back(alone[i]);
        const RatioEstimate u = unpaired_ratio(first, second);
        if (u.ci_low <= 1.1 && 1.1 <= u.ci_high) ++unpaired;
      }
      CAPTURE(pairs, skewed, paired, unpaired, at90);
      CHECK(paired >= 930);
      CHECK(paired <= 970);
      CHECK(unpaired >= 930);
      CHECK(unpaired <= 970);
      CHECK(at90 >= 875);
      CHECK(at90 <= 930);
    }
  }
}

TEST_CASE("throughput's interval holds the truth in 93 to 97 of 100 trials") {
  Random random(3);
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const Throughput t = throughput_of(make_blocks(script(15, 20, 0.5, 0.02), random), 2);
    if (t.ci_low <= 2000.0 && 2000.0 <= t.ci_high) ++held;
  }
  CHECK(held >= 930);
  CHECK(held <= 970);
}

TEST_CASE("equal engines raise at most 5 alarms in 100, a planted 2 % is found") {
  constexpr int kComparisons = 200;
  constexpr double kMargin = 0.01;
  Random random(11);
  Script s = script(20, 20, 0.3, 0.006);
  s.sd = 0.02;
  int alarms = 0;
  int alarms_without_margin = 0;
  int equivalent = 0;
  int found = 0;
  double widths = 0;
  for (int trial = 0; trial < kComparisons; ++trial) {
    const auto a = make_blocks(s, random);
    const auto b = make_blocks(s, random);
    const RatioEstimate same = paired_ratio(a, b);
    const auto claims = [](Verdict v) { return v == Verdict::faster || v == Verdict::slower; };
    const Verdict verdict = judge("a", "b", same, {}, kMargin).verdict;
    if (claims(verdict)) ++alarms;
    if (verdict == Verdict::equivalent) ++equivalent;
    if (claims(judge("a", "b", same, {}, 0.0).verdict)) ++alarms_without_margin;
    widths += half_width(same) / kComparisons;
    Script slower = s;
    slower.mean = 1.02e6;
    const auto c = make_blocks(slower, random);
    if (judge("a", "c", paired_ratio(a, c), {}, 0.0).verdict == Verdict::slower) ++found;
  }
  CAPTURE(alarms, alarms_without_margin, equivalent, found, widths);
  CHECK(alarms <= 2);
  CHECK(alarms_without_margin <= 16);  // 5 % and two standard errors
  CHECK(equivalent >= 100);
  REQUIRE(claimable_shift(0.0, widths) <= 0.02);  // what is claimed
  CHECK(found >= 180);
}

TEST_CASE("a shift as large as the claimed resolution is found nine times in ten") {
  Random random(13);
  Script s = script(16, 10, 0, 0.01);
  double widths = 0;
  for (int trial = 0; trial < 100; ++trial) {
    widths += half_width(paired_ratio(make_blocks(s, random), make_blocks(s, random))) / 100;
  }
  Script slower = s;
  slower.mean *= 1 + claimable_shift(0.01, widths);
  int found = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto ratio = paired_ratio(make_blocks(s, random), make_blocks(slower, random));
    if (judge("a", "b", ratio, {}, 0.01).verdict == Verdict::slower) ++found;
  }
  CAPTURE(widths, found);
  CHECK(found >= 860);
  CHECK(found <= 960);
}

TEST_CASE("a plan's rounds lead to the width that was asked for") {
  Random random(17);
  int met = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const auto draw = [&](int rounds) {
      std::vector<BlockSamples> list;
      for (int i = 0; i < rounds; ++i)
        list.push_back(single(i, 1e9 * std::exp(0.02 * random.normal())));
      return list;
    };
    const MeasurePlan plan = plan_measurement(draw(8), draw(8), 0.01, 0, 0.5);
    REQUIRE(plan.possible);
    CHECK(plan.seconds == Approx(0.5 * plan.rounds));
    if (precise_enough(paired_ratio(draw(plan.rounds), draw(plan.rounds)), 0.0101)) ++met;
  }
  CHECK(met >= 150);  // four of five are promised
  CHECK(met <= 185);
}
