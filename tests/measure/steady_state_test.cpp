#include "measure/steady_state.h"

#include <catch2/catch.hpp>

#include "measure/synthetic.h"

using namespace vernier;

namespace {

struct Counts {
  int drifting = 0;
  int bimodal = 0;
  int unsteady = 0;
  int flat = 0;
};

Counts classify(const Script& script, int trials, std::uint64_t seed) {
  Random random(seed);
  Counts counts;
  for (int i = 0; i < trials; ++i) {
    const SteadyState s = classify_steady(make_blocks(script, random));
    if (s.steady == SteadyClass::slowdown || s.steady == SteadyClass::warm_up) ++counts.drifting;
    if (s.steady == SteadyClass::no_steady_state) ++counts.unsteady;
    if (s.steady == SteadyClass::flat) ++counts.flat;
    if (s.bimodal) ++counts.bimodal;
  }
  return counts;
}

/// One run a block, around the levels given, 8 blocks each.
SteadyClass class_of_levels(const std::vector<double>& levels) {
  Random random(5);
  std::vector<BlockSamples> blocks;
  for (const double level : levels) {
    for (int i = 0; i < 8; ++i) {
      BlockSamples block;
      block.round = static_cast<int>(blocks.size());
      block.ns = {std::llround(1e6 * level * (1 + 0.002 * random.normal()))};
      blocks.push_back(block);
    }
  }
  return classify_steady(blocks).steady;
}

}  // namespace

TEST_CASE("nothing is named in clean data, however skewed") {
  std::vector<Script> clean(6);
  clean[1].shape = Script::Shape::lognormal;
  clean[1].sd = 0.3;
  clean[2].shape = Script::Shape::exponential;
  clean[2].sd = 0.5;
  clean[3].shape = Script::Shape::uniform;
  clean[4].ar = 0.5;
  clean[4].block = 0.01;
  clean[5].blocks = 10;
  clean[5].runs = 12;
  clean[5].block = 0.02;
  std::uint64_t seed = 1;
  for (const Script& script : clean) {
    const Counts counts = classify(script, 200, seed++);
    CAPTURE(seed, counts.drifting, counts.bimodal, counts.unsteady);
    CHECK(counts.drifting <= 14);  // 5 % where the scatter of blocks exceeds 2 %
    CHECK(counts.bimodal <= 6);
    CHECK(counts.unsteady <= 2);
  }
  // Blocks that scatter as on a real machine: below 5 % for all together.
  const Counts usual = classify({}, 200, 99);
  CHECK(usual.flat >= 190);
}

TEST_CASE("planted drift is named, with its size") {
  Script up;
  up.drift = 0.05;
  up.block = 0.005;
  CHECK(classify(up, 100, 3).drifting >= 99);
  Random random(4);
  const SteadyState s = classify_steady(make_blocks(up, random));
  CHECK(s.steady == SteadyClass::slowdown);
  REQUIRE(s.drift);
  CHECK(*s.drift == Approx(0.05).margin(0.015));
  CHECK(s.drift_low > 0.02);
  CHECK(s.drift_high < 0.08);
  CHECK_FALSE(s.bimodal);
  up.drift = -0.05;
  CHECK(classify_steady(make_blocks(up, random)).steady == SteadyClass::warm_up);
}

TEST_CASE("planted modes are named, with their places and shares") {
  Script two;
  two.sd = 0.02;
  two.often = 0.3;
  two.distance = 0.2;
  CHECK(classify(two, 100, 5).bimodal >= 99);
  Random random(6);
  const SteadyState s = classify_steady(make_blocks(two, random));
  CHECK(s.steady == SteadyClass::bimodal);
  CHECK(s.fast_mode_ns == Approx(1.0e6).epsilon(0.01));
  CHECK(s.slow_mode_ns == Approx(1.2e6).epsilon(0.01));
  CHECK(s.slow_mode_share == Approx(0.3).margin(0.05));
  // Modes on top of a drift.
  two.drift = 0.1;
  const SteadyState both = classify_steady(make_blocks(two, random));
  CHECK(both.steady == SteadyClass::slowdown);
  CHECK(both.bimodal);
  // A few slow runs are outliers, not a mode.
  two.drift = 0;
  two.often = 0.02;
  CHECK(classify(two, 50, 7).bimodal == 0);
}

TEST_CASE("steps are classified by where and how often they happen") {
  CHECK(class_of_levels({1, 1, 1, 1}) == SteadyClass::flat);
  CHECK(class_of_levels({1.3, 1, 1, 1, 1, 1}) == SteadyClass::warm_up);
  CHECK(class_of_levels({1, 1, 1.3, 1.3}) == SteadyClass::slowdown);
  CHECK(class_of_levels({1, 1, 1.3, 1.3, 1, 1}) == SteadyClass::no_steady_state);
  CHECK(class_of_levels({1, 1, 1, 1, 1, 1, 1, 1, 1.3}) == SteadyClass::no_steady_state);
}

TEST_CASE("too little is unknown") {
  CHECK(classify_steady({}).steady == SteadyClass::unknown);
  Script few;
  few.blocks = 7;
  few.runs = 2;
  Random random(1);
  const SteadyState s = classify_steady(make_blocks(few, random));
  CHECK(s.steady == SteadyClass::unknown);
  CHECK_FALSE(s.drift);
  // Equal times: flat, no modes.
  few.blocks = 10;
  few.runs = 10;
  few.sd = 0;
  CHECK(classify_steady(make_blocks(few, random)).steady == SteadyClass::flat);
}

TEST_CASE("the start-up of a curve is cut off") {
  WarmUp curve;
  for (int i = 0; i < 20; ++i) curve.ns.push_back(3'000'000 - 100'000 * i);
  Random random(2);
  for (int i = 0; i < 200; ++i)
    curve.ns.push_back(std::llround(1e6 * (1 + 0.005 * random.normal())));
  find_steady(curve);
  CHECK(curve.steady_from_run == 20);
  CHECK(curve.time_to_steady_ns == 20 * 3'000'000LL - 190 * 100'000LL);
  // One slow run in the middle of a flat curve is no start-up.
  WarmUp flat;
  for (int i = 0; i < 100; ++i)
    flat.ns.push_back(std::llround(1e6 * (1 + 0.005 * random.normal())));
  flat.ns[30] = 50'000'000;
  find_steady(flat);
  CHECK(flat.steady_from_run == 0);
  CHECK(flat.time_to_steady_ns == 0);
  flat.ns.resize(9);
  find_steady(flat);
  CHECK(flat.steady_from_run == 0);
}
