#include "measure/conductor.h"

#include <catch2/catch.hpp>

#include <limits>

#include "engine/worker_client.h"
#include "measure/agreement.h"
#include "measure/block_compare.h"
#include "measure/fake_contender.h"
#include "measure/process_sampler.h"
#include "support/fake_worker.h"

using namespace vernier;

namespace {

using Options = std::map<std::string, std::string>;

Contender child(const std::string& label, Options options) {
  Contender contender = fake_contender(label, std::move(options));
  auto engine = WorkerEngine::start(fake_worker());
  REQUIRE(engine);
  contender.engine = std::move(*engine);
  return contender;
}

Result<std::vector<NamedTensor>> inputs(const std::vector<TensorInfo>& infos) {
  std::vector<NamedTensor> list;
  list.push_back(
      {infos.at(0).name, Tensor::from_float(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3})});
  return list;
}

template <class... C>
Measurement measure(MeasureSettings settings, const MeasureHooks& hooks, C... contenders) {
  std::vector<Contender> list;
  (list.push_back(std::move(contenders)), ...);
  auto result = measure_engines(list, inputs, settings, hooks);
  REQUIRE(result);
  return std::move(*result);
}

const ValidityCheck& check_of(const EngineMeasurement& m, const std::string& id) {
  for (const ValidityCheck& check : m.validity) {
    if (check.id == id) return check;
  }
  FAIL("no check " << id);
  return m.validity.front();
}

}  // namespace

TEST_CASE("a 5 % faster engine is found, an equal one is not") {
  MeasureSettings s;
  s.seed = 3;
  const auto m =
      measure(s, {}, fake_contender("a", {{"mean", "1050000"}, {"jitter", "50000"}}),
              fake_contender("b", {{"mean", "1000000"}, {"jitter", "50000"}, {"seed", "1"}}),
              fake_contender("c", {{"mean", "1050000"}, {"jitter", "50000"}, {"seed", "2"}}),
              fake_contender("d", {{"mean", "1200000"}, {"jitter", "50000"}, {"seed", "3"}}));
  REQUIRE(m.comparisons.size() == 3);
  CHECK(m.comparisons[0].verdict == Verdict::faster);
  CHECK(*m.comparisons[0].ratio == Approx(1.0488).epsilon(0.01));
  CHECK(m.comparisons[0].ci_low <= *m.comparisons[0].ratio);
  CHECK(m.comparisons[0].outputs.agree);
  CHECK(m.comparisons[1].verdict == Verdict::equivalent);
  CHECK(m.comparisons[2].verdict == Verdict::slower);
  CHECK(m.status == MeasureStatus::complete);
  const EngineMeasurement& a = m.engines[0];
  CHECK(a.latency.n >= 900);
  CHECK(a.latency.p99.value);
  CHECK(a.blocks.size() == m.engines[1].blocks.size());
  CHECK(a.blocks.size() >= 10);
  CHECK(a.first_inference_ns > 0);
  CHECK(check_of(a, "converged").status == ValidityCheck::Status::ok);
  CHECK(check_of(a, "outputs_stable").status == ValidityCheck::Status::ok);
  bool moved = false;  // the order within rounds is random
  for (const BlockSamples& block : a.blocks) moved = moved || block.position != 0;
  CHECK(moved);
}

TEST_CASE("an engine whose outputs differ disagrees, however fast") {
  for (const Options& wrong : {Options{{"mean", "10"}, {"scale", "1.01"}}, Options{{"nan", "1"}}}) {
    const auto m = measure({}, {}, fake_contender("a", {}), fake_contender("b", wrong));
    REQUIRE(m.comparisons.size() == 1);
    CHECK(m.comparisons[0].verdict == Verdict::disagrees);
    CHECK_FALSE(m.comparisons[0].outputs.agree);
    CHECK_FALSE(m.comparisons[0].reason.empty());
  }
  MeasureSettings loose;
  loose.max_rel_l2 = 0.1;
  const auto m = measure(loose, {}, fake_contender("a", {{"mean", "2000000"}}),
                         fake_contender("b", {{"scale", "1.01"}}));
  CHECK(m.comparisons[0].verdict == Verdict::faster);
  CHECK(m.comparisons[0].outputs.max_rel_l2 == Approx(0.01).epsilon(0.01));
}

TEST_CASE("state that leaks between runs and drift are remarked") {
  const auto m = measure({}, {}, fake_contender("a", {{"unstable", "1"}}));
  CHECK(check_of(m.engines[0], "outputs_stable").status == ValidityCheck::Status::invalid);
  const auto d = measure({}, {}, fake_contender("a", {{"drift", "1000"}}));
  CHECK(check_of(d.engines[0], "drift").status == ValidityCheck::Status::suspect);
  CHECK(d.engines[0].latency.lag1 > 0.9);
}

TEST_CASE("a child that dies costs its own trial only") {
  const auto m = measure({}, {}, child("a", {}), child("b", {{"die_at", "700"}}), child("c", {}));
  CHECK_FALSE(m.engines[0].error);
  REQUIRE(m.engines[1].error);
  CHECK(m.engines[1].error->id == "E-ENGINE-DIED");
  CHECK(m.engines[1].latency.n > 0);
  CHECK(m.engines[2].latency.n >= 1000);
  CHECK(m.engines[0].memory.rss_before_load_bytes > 0);
  CHECK(m.engines[0].memory.peak_rss_bytes >= m.engines[0].memory.rss_before_load_bytes);
  CHECK(m.comparisons.size() == 2);
}

TEST_CASE("engines that fail to load are reported; nobody left is an error") {
  const auto m =
      measure({}, {}, fake_contender("a", {}), fake_contender("b", {{"fail_load", "1"}}));
  CHECK(m.engines[1].error->id == "E-MODEL-SHAPE");
  CHECK(m.comparisons.empty());
  std::vector<Contender> list;
  list.push_back(fake_contender("a", {{"fail_load", "1"}}));
  CHECK(measure_engines(list, inputs).error().id == "E-MODEL-SHAPE");
  list.clear();
  CHECK(measure_engines(list, inputs).error().code == Errc::usage);
  list.push_back(fake_contender("a", {}));
  const InputMaker none = [](const auto&) -> Result<std::vector<NamedTensor>> {
    return invalid_data("no picture");
  };
  CHECK(measure_engines(list, none).error().code == Errc::invalid_data);
}

TEST_CASE("an interruption leaves a valid partial result") {
  std::atomic<bool> interrupt{false};
  int blocks = 0;
  MeasureHooks hooks;
  hooks.interrupt = &interrupt;
  hooks.progress = [&](const MeasureProgress& p) {
    if (p.stage == MeasureProgress::Stage::measure && ++blocks == 7) interrupt = true;
  };
  const auto m = measure({}, hooks, fake_contender("a", {}), fake_contender("b", {}));
  CHECK(m.status == MeasureStatus::interrupted);
  CHECK(m.engines[0].blocks.size() + m.engines[1].blocks.size() == 7);
  CHECK(m.engines[0].latency.n > 0);
  CHECK(check_of(m.engines[0], "converged").status == ValidityCheck::Status::suspect);
}

TEST_CASE("time and sample limits stop, and say that more was wanted") {
  MeasureSettings s;
  s.max_time_s = 2;
  const auto slow = measure(s, {}, fake_contender("a", {{"mean", "700000000"}}));
  CHECK(slow.engines[0].latency.n == 3);
  CHECK(check_of(slow.engines[0], "converged").status == ValidityCheck::Status::suspect);
  s.max_samples = 2000;
  const auto fast = measure(s, {}, fake_contender("a", {{"mean", "100"}}));
  CHECK(fast.engines[0].latency.n >= 2000);
  CHECK(fast.engines[0].latency.n <= 2 * 100'000);
}

TEST_CASE("differences of tensors") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor a = Tensor::from_float(std::vector<float>{1, 2, 2}, {3});
  const Tensor b = Tensor::from_float(std::vector<float>{1, 2, 1}, {3});
  auto d = compare_tensors(a.view(), b.view());
  CHECK(d.rel_l2 == Approx(1.0 / std::sqrt(6.0)));
  CHECK(d.max_abs == 1.0);
  CHECK(d.cosine == Approx(7.0 / (3.0 * std::sqrt(6.0))));
  CHECK(d.top1_agree == true);
  const Tensor n = Tensor::from_float(std::vector<float>{1, nan, 2}, {3});
  CHECK(compare_tensors(n.view(), n.view()).rel_l2 == 0.0);
  CHECK(std::isinf(compare_tensors(n.view(), a.view()).rel_l2));
  CHECK(std::isinf(compare_tensors(a.reshaped({1, 3}).view(), a.view()).rel_l2));
  const Tensor zero = Tensor::from_float(std::vector<float>{0, 0}, {2});
  CHECK(compare_tensors(zero.view(), zero.view()).cosine == 1.0);
}
