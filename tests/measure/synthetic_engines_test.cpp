// The whole conductor over scripted engines: false alarms, power, what is named.
#include <catch2/catch.hpp>

#include "measure/block_compare.h"
#include "measure/conductor.h"
#include "measure/fake_contender.h"

using namespace vernier;

namespace {

using Options = std::map<std::string, std::string>;

Options noisy(int seed, const std::string& shift = "0") {
  return {{"dist", "lognormal"}, {"sd", "0.03"},      {"block", "0.006"},
          {"shift", shift},      {"mean", "2000000"}, {"seed", std::to_string(seed)}};
}

Measurement measure(std::vector<Contender> list, const MeasureSettings& settings) {
  const InputMaker inputs = [](const auto&) -> Result<std::vector<NamedTensor>> {
    std::vector<NamedTensor> tensors;
    tensors.push_back({"x", Tensor::from_float(std::vector<float>{1, 2, 3}, {1, 3})});
    return tensors;
  };
  auto result = measure_engines(list, inputs, settings);
  REQUIRE(result);
  return std::move(*result);
}

Comparison compare(Options a, Options b, const MeasureSettings& settings) {
  std::vector<Contender> list;
  list.push_back(fake_contender("a", std::move(a)));
  list.push_back(fake_contender("b", std::move(b)));
  const Measurement m = measure(std::move(list), settings);
  REQUIRE(m.comparisons.size() == 1);
  return m.comparisons[0];
}

/// Short: a warm-up of 20 ms, rounds until the ratio is known to 0.5 %.
MeasureSettings quick() {
  MeasureSettings settings;
  settings.warmup_s = 0.02;
  settings.min_time_s = 0.4;
  settings.max_time_s = 6;
  settings.block_time_s = 0.02;
  settings.resolve = 0.005;
  settings.precision = 0.01;
  settings.noise_floor = false;
  return settings;
}

bool claims(Verdict verdict) { return verdict == Verdict::faster || verdict == Verdict::slower; }

}  // namespace

TEST_CASE("200 comparisons of equal engines: at most 5 % false alarms") {
  int alarms = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const Comparison c = compare(noisy(2 * trial), noisy(2 * trial + 1), quick());
    if (claims(c.verdict)) ++alarms;
  }
  CHECK(alarms <= 10);
}

TEST_CASE("a planted shift of 2 % is found in 9 of 10 measurements that can claim it") {
  int found = 0;
  int able = 0;
  for (int trial = 0; trial < 60; ++trial) {
    MeasureSettings settings = quick();
    settings.seed = static_cast<std::uint64_t>(trial);
    const Comparison c = compare(noisy(2 * trial), noisy(2 * trial + 1, "0.02"), settings);
    RatioEstimate interval;
    interval.ratio = c.ratio;
    interval.ci_low = c.ci_low;
    interval.ci_high = c.ci_high;
    if (claimable_shift(c.margin, half_width(interval)) <= 0.02) ++able;
    if (c.verdict == Verdict::slower) ++found;
    CHECK(c.verdict != Verdict::faster);
  }
  CAPTURE(able, found);
  CHECK(able >= 50);
  CHECK(found >= 54);
}

TEST_CASE("drift and modes of an engine are named") {
  std::vector<Contender> list;
  list.push_back(fake_contender("drift", {{"dist", "normal"}, {"sd", "0.01"}, {"drift", "200"}}));
  list.push_back(fake_contender("modes", {{"dist", "bimodal"}, {"sd", "0.02"}, {"often", "0.3"}}));
  list.push_back(fake_contender("clean", {{"dist", "ar1"}, {"sd", "0.02"}, {"ar", "0.5"}}));
  MeasureSettings settings = quick();
  settings.min_time_s = 1;
  const Measurement m = measure(std::move(list), settings);
  CHECK(m.engines[0].steady.steady == SteadyClass::slowdown);
  CHECK(m.engines[1].steady.bimodal);
  CHECK(m.engines[1].steady.slow_mode_share == Approx(0.3).margin(0.06));
  CHECK_FALSE(m.engines[2].steady.bimodal);
  CHECK(m.engines[2].steady.steady == SteadyClass::flat);
}
