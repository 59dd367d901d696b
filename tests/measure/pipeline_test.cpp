#include "measure/pipeline.h"

#include <catch2/catch.hpp>

#include <numeric>

#include "support/fake_steps.h"

using namespace vernier;
using Stage = PipelineStage;

namespace {

struct Outcome {
  PipelinePass pass;
  std::vector<PipelineFailure> failures;
};

Outcome run(FakeSteps& steps, bool staged, const PipelineSettings& settings = {},
            const PipelineHooks& hooks = {}) {
  Outcome outcome;
  auto pass = run_pipeline_pass(steps, settings, staged, outcome.failures, hooks);
  REQUIRE(pass);
  outcome.pass = std::move(*pass);
  CHECK(steps.alive == 0);
  return outcome;
}

std::vector<std::int64_t> numbers(std::int64_t count) {
  std::vector<std::int64_t> list(static_cast<std::size_t>(count));
  std::iota(list.begin(), list.end(), 0);
  return list;
}

PipelineSettings with(std::size_t queue, int workers) {
  PipelineSettings settings;
  settings.queue_capacity = queue;
  settings.workers = workers;
  return settings;
}

/// Items at hand when the inference of item 0 does not end: one in inference, `queue` before it,
/// one in the hands of preprocess, `queue` before that and one in those of decode.
std::size_t stalled(std::size_t queue) { return 1 + queue + 1 + queue + 1; }

}  // namespace

TEST_CASE("both kinds of pass take every item through every stage, in order") {
  for (const bool staged : {false, true}) {
    FakeSteps steps(20);
    const Outcome o = run(steps, staged);
    CHECK(o.pass.complete);
    CHECK(o.pass.items == 20);
    CHECK(o.pass.order_kept);
    CHECK(o.failures.empty());
    CHECK(steps.inferred == numbers(20));
    CHECK(steps.finished == numbers(20));
    for (const auto& samples : o.pass.samples_ns) {
      REQUIRE(samples.size() == 20);
      for (const std::int64_t ns : samples) CHECK(ns >= 0);
    }
    CHECK(o.pass.samples_ns[3] == std::vector<std::int64_t>(20, 1));
    CHECK(o.pass.wall_ns > 0);
  }
}

TEST_CASE("a slow consumer never makes a queue grow past its bound") {
  for (const std::size_t queue : {1U, 2U, 4U}) {
    FakeSteps steps(60);
    steps.before[Stage::inference] = [&](std::int64_t index) {
      if (index == 0) steps.await_begun(Stage::decode, stalled(queue));
    };
    const Outcome o = run(steps, true, with(queue, 1));
    CHECK(o.pass.complete);
    CHECK(steps.finished == numbers(60));
    REQUIRE(o.pass.queues.size() == 3);
    CHECK(o.pass.queues[0].max_depth == queue);
    CHECK(o.pass.queues[1].max_depth == queue);
    CHECK(o.pass.queues[2].max_depth <= queue);
    const auto bound = static_cast<int>(4 * (queue + 1));  // stages * (queue + 1)
    CHECK(steps.most_alive <= bound);
    CHECK(o.pass.max_in_flight <= bound);
    CHECK(o.pass.max_in_flight >= static_cast<std::int64_t>(stalled(queue)));
  }
}

TEST_CASE("a slow producer leaves the queues empty") {
  FakeSteps steps(30);
  steps.before[Stage::decode] = [&](std::int64_t index) {
    steps.await_ended(Stage::postprocess, static_cast<std::size_t>(index));
  };
  const Outcome o = run(steps, true);
  CHECK(o.pass.items == 30);
  for (const PipelineQueue& queue : o.pass.queues) CHECK(queue.max_depth == 1);
}

TEST_CASE("several workers: results come in order though the first item is the slowest") {
  FakeSteps steps(40);
  steps.before[Stage::decode] = [&](std::int64_t index) {
    if (index == 0) steps.await_ended(Stage::decode, 2);  // items 1 and 2 overtake
  };
  steps.before[Stage::preprocess] = [&](std::int64_t index) {
    if (index == 0) steps.await_ended(Stage::preprocess, 2);
  };
  const Outcome o = run(steps, true, with(3, 3));
  CHECK(o.pass.order_kept);
  CHECK(steps.inferred == numbers(40));
  CHECK(steps.finished == numbers(40));
  for (const PipelineQueue& queue : o.pass.queues) CHECK(queue.max_depth <= 3);
  CHECK(o.pass.max_in_flight <= 3 * 3 + 3 + 3 + 2);
}

TEST_CASE("a source that must be read in order is read by one thread") {
  FakeSteps steps(25);
  steps.parallel = false;
  std::int64_t next = 0;
  bool in_order = true;
  steps.before[Stage::decode] = [&](std::int64_t index) { in_order = in_order && index == next++; };
  const Outcome o = run(steps, true, with(2, 4));
  CHECK(o.pass.items == 25);
  CHECK(in_order);
}

TEST_CASE("a failing item is reported and the others go on") {
  for (const bool staged : {false, true}) {
    for (const std::int64_t bad : {0, 7, 14}) {
      for (const Stage stage :
           {Stage::decode, Stage::preprocess, Stage::inference, Stage::postprocess}) {
        FakeSteps steps(15);
        steps.failing[stage] = {{bad, Errc::invalid_data}};
        const Outcome o = run(steps, staged, with(2, 2));
        CAPTURE(staged, bad, pipeline_stage_name(stage));
        CHECK(o.pass.complete);
        CHECK(o.pass.items == 15);
        CHECK(o.pass.failed == 1);
        CHECK(o.pass.order_kept);
        REQUIRE(o.failures.size() == 1);
        CHECK(o.failures[0].index == bad);
        CHECK(o.failures[0].item == "item " + std::to_string(bad));
        CHECK(o.failures[0].stage == stage);
        CHECK(o.failures[0].error.id == "E-FAKE");
        auto others = numbers(15);
        others.erase(others.begin() + bad);
        CHECK(steps.finished == others);
        const auto at = static_cast<std::size_t>(bad);
        CHECK((o.pass.samples_ns[4][at] >= 0) == (stage == Stage::postprocess));
      }
    }
  }
}

TEST_CASE("an error of the engine ends the pass, also with full queues") {
  for (const bool staged : {false, true}) {
    FakeSteps steps(std::int64_t{1} << 40);
    steps.failing[Stage::inference] = {{3, Errc::device}};
    steps.before[Stage::inference] = [&](std::int64_t index) {
      if (staged && index == 3) steps.await_begun(Stage::decode, 3 + stalled(2));
    };
    std::vector<PipelineFailure> failures;
    const auto pass = run_pipeline_pass(steps, with(2, 1), staged, failures);
    REQUIRE_FALSE(pass);
    CHECK(pass.error().code == Errc::device);
    CHECK(steps.alive == 0);
    CHECK(failures.empty());
  }
}

TEST_CASE("a step that throws is an internal error, not the end of the process") {
  FakeSteps steps(10);
  steps.before[Stage::preprocess] = [](std::int64_t index) {
    if (index == 4) throw std::runtime_error("oh");
  };
  std::vector<PipelineFailure> failures;
  const auto pass = run_pipeline_pass(steps, {}, true, failures);
  REQUIRE_FALSE(pass);
  CHECK(pass.error().code == Errc::internal);
}

TEST_CASE("an interrupt ends all threads while the queues are full, and keeps what is done") {
  for (const int workers : {1, 3}) {
    FakeSteps steps(std::int64_t{1} << 40);  // only the interrupt ends it
    std::atomic<bool> interrupt{false};
    steps.before[Stage::inference] = [&](std::int64_t index) {
      if (index != 5) return;
      steps.await_ended(Stage::postprocess, 5);
      steps.await_begun(Stage::decode, 5 + stalled(2));
      interrupt = true;
    };
    PipelineHooks hooks;
    hooks.interrupt = &interrupt;
    const Outcome o = run(steps, true, with(2, workers), hooks);
    CHECK_FALSE(o.pass.complete);
    CHECK(o.pass.items >= 5);
    CHECK(o.pass.items >= static_cast<std::int64_t>(steps.finished.size()));
    CHECK(steps.finished == numbers(static_cast<std::int64_t>(steps.finished.size())));
    CHECK(o.pass.order_kept);
  }
}

TEST_CASE("an interrupted measurement keeps its passes") {
  FakeSteps steps(10);
  std::atomic<bool> interrupt{false};
  PipelineHooks hooks;
  hooks.interrupt = &interrupt;
  hooks.progress = [&](int pass) { interrupt = pass == 3; };
  const auto m = measure_pipeline(steps, {}, hooks);
  REQUIRE(m);
  CHECK(m->status == MeasureStatus::interrupted);
  REQUIRE(m->passes.size() == 4);
  CHECK(m->passes[2].complete);
  CHECK_FALSE(m->passes[3].complete);
  CHECK(m->gain.pairs == 1);
  CHECK(m->gain.ratio);
  CHECK(m->gain.ci_low == 0.0);  // withheld, with the reason
  CHECK(m->gain.reason == "needs at least 6 pairs of blocks, has 1");
  CHECK(m->gain.verdict == Verdict::inconclusive);
}

TEST_CASE("a measurement is pairs of passes over the same items") {
  FakeSteps steps(12);
  steps.failing[Stage::decode] = {{4, Errc::invalid_data}};
  PipelineSettings settings;
  settings.passes = 6;
  settings.max_items = 9;
  const auto m = measure_pipeline(steps, settings);
  REQUIRE(m);
  CHECK(m->status == MeasureStatus::complete);
  CHECK(m->items == 9);
  CHECK(m->failed.size() == 1);
  REQUIRE(m->passes.size() == 12);
  int staged_first = 0;
  for (std::size_t i = 0; i < 12; i += 2) {
    CHECK(m->passes[i].staged != m->passes[i + 1].staged);
    CHECK(m->passes[i].round == m->passes[i + 1].round);
    staged_first += m->passes[i].staged ? 1 : 0;
  }
  CHECK(staged_first > 0);
  CHECK(staged_first < 6);
  CHECK(m->gain.pairs == 6);
  CHECK(m->gain.ci_low > 0.0);
  CHECK(m->results_equal);
  CHECK(m->order_kept);
  REQUIRE(m->stages.size() == kPipelineStages);
  CHECK(m->stages[0].sequential.n == 6 * 9);
  CHECK(m->stages[4].staged.n == 6 * 8);
}

TEST_CASE("results that change from pass to pass make no claim of speed") {
  FakeSteps steps(6);
  int calls = 0;
  steps.fingerprint = [&](std::int64_t) { return static_cast<std::uint64_t>(++calls); };
  const auto m = measure_pipeline(steps, {});
  REQUIRE(m);
  CHECK_FALSE(m->results_equal);
  CHECK(m->gain.verdict == Verdict::disagrees);
}

TEST_CASE("nothing to measure is an error") {
  FakeSteps none(0);
  const auto empty = measure_pipeline(none, {});
  REQUIRE_FALSE(empty);
  CHECK(empty.error().id == "E-PIPELINE-EMPTY");
  FakeSteps bad(3);
  bad.failing[Stage::decode] = {{0, Errc::invalid_data}, {1, Errc::unsupported}, {2, Errc::limit}};
  const auto all = measure_pipeline(bad, {});
  REQUIRE_FALSE(all);
  CHECK(all.error().code == Errc::invalid_data);
  CHECK(all.error().message.find("none of the 3 items") != std::string::npos);
  for (const PipelineSettings& wrong : {with(0, 1), with(4, 0), with(4, 65)}) {
    FakeSteps steps(3);
    const auto refused = measure_pipeline(steps, wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::usage);
  }
}

TEST_CASE("figures follow from the passes by hand") {
  PipelineMeasurement m;
  m.settings.workers = 2;
  m.decode_threads = 1;
  for (int round = 0; round < 6; ++round) {
    for (const bool staged : {false, true}) {
      PipelinePass pass;
      pass.staged = staged;
      pass.round = round;
      pass.complete = true;
      pass.items = 5;
      pass.failed = 1;
      pass.wall_ns = staged ? 1'000'000 : 1'600'000;
      pass.samples_ns = {std::vector<std::int64_t>{10'000, 10'000, 10'000, 10'000, 10'000},
                         std::vector<std::int64_t>{90'000, 90'000, 90'000, 90'000, -1},
                         std::vector<std::int64_t>{20'000, 20'000, 20'000, 20'000, -1},
                         std::vector<std::int64_t>{170'000, 180'000, 190'000, 200'000, -1},
                         std::vector<std::int64_t>{50'000, 50'000, 50'000, 50'000, -1}};
      m.passes.push_back(pass);
    }
  }
  derive_pipeline(m);
  CHECK(m.sequential_per_s == Approx(2500.0));  // 4 items in 1.6 ms
  CHECK(m.staged_per_s == Approx(4000.0));
  REQUIRE(m.gain.ratio);
  CHECK(*m.gain.ratio == Approx(1.6));
  CHECK(m.gain.ci_low == Approx(1.6));
  CHECK(m.gain.verdict == Verdict::faster);
  CHECK(m.stages[0].busy == Approx(0.05));
  CHECK(m.stages[1].busy == Approx(0.18));  // 360 of 2 * 1000 us
  CHECK(m.stages[3].busy == Approx(0.74));
  CHECK(m.stages[1].staged.n == 24);
  CHECK(m.bottleneck == "inference");
  for (PipelinePass& pass : m.passes) pass.samples_ns[4].assign(4, 240'000);
  derive_pipeline(m);
  CHECK(m.bottleneck == "postprocess");  // 960 us against 740 + 80 of the inference thread
}
