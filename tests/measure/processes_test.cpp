// Several processes of each engine: what is restarted when, and what the pairs are then.
#include <catch2/catch.hpp>

#include <cmath>

#include "measure/block_compare.h"
#include "measure/conductor.h"
#include "measure/fake_contender.h"
#include "measure/synthetic.h"

using namespace vernier;

namespace {

using Options = std::map<std::string, std::string>;

/// A scripted engine each of whose processes runs on a level of its own.
class Levelled final : public Engine {
 public:
  explicit Levelled(double level, std::string scale = "1")
      : level_(level), scale_(std::move(scale)) {}
  [[nodiscard]] std::string name() const override { return fake_.name(); }
  [[nodiscard]] std::string version() const override { return fake_.version(); }
  Result<void> load(const std::string& path, const EngineSettings& settings) override {
    EngineSettings own = settings;
    own.options["scale"] = scale_;
    return fake_.load(path, own);
  }
  [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return fake_.inputs(); }
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return fake_.outputs(); }
  Result<void> bind(std::span<const NamedTensor> inputs) override { return fake_.bind(inputs); }
  Result<void> run() override { return fake_.run(); }
  Result<TimedRuns> run_timed(int n) override {
    VERNIER_ASSIGN(TimedRuns runs, fake_.run_timed(n));
    runs.wall_ns = 0;
    for (std::int64_t& ns : runs.ns) {
      ns = std::llround(static_cast<double>(ns) * level_);
      runs.wall_ns += ns;
    }
    return runs;
  }
  Result<std::vector<NamedTensor>> fetch_outputs() override { return fake_.fetch_outputs(); }
  [[nodiscard]] EngineFacts facts() const override { return fake_.facts(); }

 private:
  FakeEngine fake_;
  double level_;
  std::string scale_;
};

/// What a contender's processes went through.
struct Life {
  int started = 0;
  int fails_at = 0;         // this start fails
  Errc how = Errc::device;  // with this
  double sd = 0.0;          // between processes
  std::uint64_t seed = 0;
};

Contender restartable(const std::string& label, Life& life, Options options = {}) {
  Contender contender = fake_contender(label, std::move(options));
  contender.start_again = [&life]() -> Result<std::unique_ptr<Engine>> {
    if (++life.started == life.fails_at) return make_error(life.how, "E-TEST", "no more");
    Random random(1000 * life.seed + static_cast<std::uint64_t>(life.started));
    return std::unique_ptr<Engine>(std::make_unique<Levelled>(std::exp(life.sd * random.normal())));
  };
  contender.engine = std::move(*contender.start_again());
  return contender;
}

Result<std::vector<NamedTensor>> inputs(const std::vector<TensorInfo>&) {
  std::vector<NamedTensor> list;
  list.push_back({"x", Tensor::from_float(std::vector<float>{1, 2, 3}, {1, 3})});
  return list;
}

template <class... C>
Measurement measure(const MeasureSettings& settings, const MeasureHooks& hooks, C... contenders) {
  std::vector<Contender> list;
  (list.push_back(std::move(contenders)), ...);
  auto result = measure_engines(list, inputs, settings, hooks);
  REQUIRE(result);
  return std::move(*result);
}

MeasureSettings several(int processes) {
  MeasureSettings s;
  s.processes = processes;
  s.warmup_s = 0.02;
  return s;
}

const ValidityCheck* check_of(const EngineMeasurement& m, const std::string& id) {
  for (const ValidityCheck& check : m.validity) {
    if (check.id == id) return &check;
  }
  return nullptr;
}

bool claims(Verdict verdict) { return verdict == Verdict::faster || verdict == Verdict::slower; }

/// 16 rounds in 8 processes: 4 % between processes, 0.5 % within.
std::vector<BlockSamples> draw(Random& random, double mean) {
  std::vector<BlockSamples> list;
  double level = 0.0;
  for (int round = 0; round < 16; ++round) {
    if (round % 2 == 0) level = 0.04 * random.normal();
    BlockSamples block;
    block.round = round;
    block.process = round / 2;
    block.ns = {std::llround(mean * std::exp(level + 0.005 * random.normal()))};
    list.push_back(std::move(block));
  }
  return list;
}

}  // namespace

TEST_CASE("differences of a process are averaged, and those of others left alone") {
  const auto block = [](int round, int process, std::int64_t ns) {
    BlockSamples b;
    b.round = round;
    b.process = process;
    b.ns = {ns};
    return b;
  };
  const std::vector<BlockSamples> a = {block(0, 0, 1000), block(1, 0, 2000), block(2, 1, 1000),
                                       block(4, 2, 1000)};
  const std::vector<BlockSamples> b = {block(0, 0, 500), block(1, 0, 500), block(2, 1, 4000),
                                       block(3, 1, 7), block(4, 2, 1000)};
  const auto d = paired_differences(a, b, PairUnit::process);
  REQUIRE(d.size() == 3);
  CHECK(d[0] == Approx((std::log(2.0) + std::log(4.0)) / 2));
  CHECK(d[1] == Approx(std::log(0.25)));
  CHECK(d[2] == Approx(0.0).margin(1e-12));
  CHECK(paired_differences(a, b, PairUnit::block).size() == 4);
  CHECK(process_count(a) == 3);
  const RatioEstimate ratio = paired_ratio(a, b, PairUnit::process);
  CHECK(ratio.pairs == 3);
  CHECK(ratio.unit == PairUnit::process);
  const Comparison c = judge("a", "b", ratio, {}, 0.01);
  CHECK(c.verdict == Verdict::inconclusive);
  CHECK(c.reason == "needs at least 6 processes of each engine, has 3");
  CHECK(noise_floor_of(ratio).reason == c.reason);
}

TEST_CASE("with processes as pairs equal engines raise few alarms, with blocks many") {
  Random random(23);
  int by_process = 0;
  int by_block = 0;
  int apart_by_process = 0;
  int found = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const auto a = draw(random, 1e9);
    const auto b = draw(random, 1e9);
    const auto verdict = [&](PairUnit unit) {
      return judge("a", "b", paired_ratio(a, b, unit), {}, 0.0).verdict;
    };
    if (claims(verdict(PairUnit::process))) ++by_process;
    if (claims(verdict(PairUnit::block))) ++by_block;
    if (claims(judge("a", "b", unpaired_ratio(a, b), {}, 0.0).verdict)) ++apart_by_process;
    const auto slower = draw(random, 1.15e9);
    const auto ratio = paired_ratio(a, slower, PairUnit::process);
    if (judge("a", "c", ratio, {}, 0.0).verdict == Verdict::slower) ++found;
  }
  CAPTURE(by_process, by_block, apart_by_process, found);
  CHECK(by_process <= 10);
  CHECK(apart_by_process <= 16);  // 5 % and two standard errors
  CHECK(by_block >= 30);
  CHECK(found >= 180);
}

TEST_CASE("the measurement is cut into as many sections as processes") {
  Life one;
  Life two;
  Life again;
  Contender twin = restartable("a (again)", again);
  twin.noise_twin = true;
  const auto m =
      measure(several(10), {}, restartable("a", one), restartable("b", two), std::move(twin));
  CHECK(one.started == 10);
  CHECK(two.started == 10);
  CHECK(again.started == 10);
  REQUIRE(m.engines.size() == 2);
  for (const EngineMeasurement& engine : m.engines) {
    CHECK(process_count(engine.blocks) == 10);
    CHECK(engine.blocks.size() == 20);  // a second in blocks of 50 ms
    for (const BlockSamples& block : engine.blocks) CHECK(block.process == block.round / 2);
    CHECK(check_of(engine, "processes")->status == ValidityCheck::Status::ok);
    CHECK(check_of(engine, "outputs_stable")->status == ValidityCheck::Status::ok);
    CHECK(engine.stop_reason == "precise enough");
    CHECK(engine.converged);
  }
  REQUIRE(m.comparisons.size() == 1);
  CHECK(m.comparisons[0].pairs == 10);
  CHECK(m.comparisons[0].unit == PairUnit::process);
  CHECK(m.comparisons[0].verdict == Verdict::equivalent);
  CHECK(m.noise.pairs == 10);
}

TEST_CASE("the spread between processes is in the interval and in the noise") {
  Life one{0, 0, Errc::device, 0.04, 1};
  Life two{0, 0, Errc::device, 0.04, 2};
  Life again{0, 0, Errc::device, 0.04, 3};
  Contender twin = restartable("a (again)", again);
  twin.noise_twin = true;
  const auto m =
      measure(several(8), {}, restartable("a", one), restartable("b", two), std::move(twin));
  const Comparison& c = m.comparisons.at(0);
  CHECK(c.ci_high / c.ci_low > 1.02);
  CHECK(*m.noise.resolution > 0.01);
  CHECK(m.engines[0].stop_reason == "every process was measured");
  const auto blind = paired_ratio(m.engines[0].blocks, m.engines[1].blocks, PairUnit::block);
  CHECK(blind.pairs > c.pairs);
}

TEST_CASE("fewer than six processes give no verdict, and it is said") {
  Life one;
  Life two;
  const auto m =
      measure(several(3), {}, restartable("a", one), restartable("b", two, {{"mean", "2000000"}}));
  CHECK(m.comparisons.at(0).verdict == Verdict::inconclusive);
  CHECK(m.comparisons[0].reason == "needs at least 6 processes of each engine, has 3");
  CHECK(check_of(m.engines[0], "processes")->status == ValidityCheck::Status::suspect);
  Life alone;
  const auto single = measure(several(3), {}, restartable("a", alone));
  CHECK(check_of(single.engines[0], "processes")->status == ValidityCheck::Status::ok);
  CHECK(process_count(single.engines[0].blocks) == 3);
}

TEST_CASE("an engine that does not start again costs its own trial") {
  Life one;
  Life two;
  Life three;
  two.fails_at = 4;
  const auto m = measure(several(8), {}, restartable("a", one), restartable("b", two),
                         restartable("c", three));
  CHECK(m.status == MeasureStatus::complete);
  CHECK_FALSE(m.engines[0].error);
  REQUIRE(m.engines[1].error);
  CHECK(m.engines[1].error->id == "E-TEST");
  CHECK(process_count(m.engines[1].blocks) == 3);
  CHECK(m.engines[1].latency.n > 0);
  CHECK(check_of(m.engines[1], "processes")->status == ValidityCheck::Status::suspect);
  CHECK(process_count(m.engines[0].blocks) == 8);
  CHECK(process_count(m.engines[2].blocks) == 8);
  CHECK(m.comparisons[0].pairs == 3);
}

TEST_CASE("interrupted between processes, what was measured stays") {
  Life one;
  Life two;
  two.fails_at = 3;
  two.how = Errc::interrupted;
  const auto m = measure(several(8), {}, restartable("a", one), restartable("b", two));
  CHECK(m.status == MeasureStatus::interrupted);
  for (const EngineMeasurement& engine : m.engines) {
    CHECK_FALSE(engine.error);
    CHECK(process_count(engine.blocks) == 2);
    CHECK(engine.stop_reason == "interrupted");
  }
}

TEST_CASE("processes share the limit of time, and those that do not fit are said") {
  Life slow;
  MeasureSettings s = several(10);
  s.max_time_s = 2;
  const auto m = measure(s, {}, restartable("a", slow, {{"mean", "700000000"}}));
  CHECK(m.engines[0].latency.n == 3);
  CHECK(process_count(m.engines[0].blocks) == 3);
  CHECK(m.engines[0].stop_reason == "time limit");
  const ValidityCheck* check = check_of(m.engines[0], "processes");
  REQUIRE(check);
  CHECK(check->status == ValidityCheck::Status::suspect);
  CHECK(check->observed == "3 processes");
  CHECK(check->limit == "10");
  // As much as the least time: none is lost to rounding up to whole blocks.
  Life exact;
  s.max_time_s = s.min_time_s = 1;
  const auto all = measure(s, {}, restartable("a", exact));
  CHECK(process_count(all.engines[0].blocks) == 10);
}

TEST_CASE("a limit of samples leaves room for every process") {
  Life life;
  MeasureSettings s = several(50);
  s.max_samples = 1000;
  s.min_time_s = 0;
  const auto m = measure(s, {}, restartable("a", life, {{"mean", "1000"}}));
  CHECK(process_count(m.engines[0].blocks) == 50);
  CHECK(m.engines[0].latency.n <= 1000);
}

TEST_CASE("with a budget it is foreseen what the processes lead to") {
  Life one{0, 0, Errc::device, 0.04, 4};
  Life two{0, 0, Errc::device, 0.04, 5};
  MeasureSettings s = several(12);
  s.budget_s = 3600;
  std::vector<MeasurePlan> plans;
  MeasureHooks hooks;
  hooks.planned = [&](const MeasurePlan& plan) { plans.push_back(plan); };
  const auto m = measure(s, hooks, restartable("a", one), restartable("b", two));
  CHECK(one.started == 12);
  REQUIRE(plans.size() == 1);
  CHECK(plans[0].unit == PairUnit::process);
  CHECK(plans[0].rounds > 12);
  CHECK_FALSE(plans[0].possible);
  CHECK(plans[0].reachable_resolve > s.resolve);
  CHECK(m.plan->budget_s == 3600);
}

TEST_CASE("other outputs of a later process are remarked") {
  int born = 0;
  Contender moody = fake_contender("a", {});
  moody.start_again = [&]() -> Result<std::unique_ptr<Engine>> {
    return std::unique_ptr<Engine>(std::make_unique<Levelled>(1.0, ++born == 1 ? "2" : "1"));
  };
  const auto other = measure(several(3), {}, std::move(moody));
  CHECK(check_of(other.engines[0], "outputs_stable")->status == ValidityCheck::Status::invalid);
}

TEST_CASE("processes that cannot be are refused") {
  std::vector<Contender> list;
  list.push_back(fake_contender("a", {}));
  CHECK(measure_engines(list, inputs, several(0)).error().code == Errc::usage);
  CHECK(measure_engines(list, inputs, several(kMostProcesses + 1)).error().code == Errc::usage);
  CHECK(measure_engines(list, inputs, several(2)).error().code == Errc::usage);
}
