#include "engine/probe.h"

#include <algorithm>

#include "engine/native_check.h"
#include "runtime/thread_pool.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

struct Probed {
  std::unique_ptr<ProbeModel> model;
  std::vector<ValueType> types;
  std::unique_ptr<ThreadPool> pool;

  std::unique_ptr<ProbeRun> run() const {
    auto made = model->make_run(types);
    if (!made) FAIL(format_error(made.error()));
    return std::move(*made);
  }
  std::optional<ProbeRun::Seen> next(ProbeRun& run) const {
    const auto seen = run.next(*pool);
    if (!seen) FAIL(format_error(seen.error()));
    return *seen;
  }
  /// The first output of the model once the run is complete.
  Tensor finish(ProbeRun& run) const {
    while (next(run)) {
    }
    return copy(run.output(0));
  }
  static Tensor copy(const TensorView& view) {
    auto made = Tensor::copy_of(view);
    REQUIRE(made);
    return std::move(*made);
  }
};

Probed probed(Graph graph, const std::vector<ValueId>& values) {
  Probed made;
  for (const Port& port : graph.inputs) made.types.push_back(graph.value(port.value).type);
  Model model;
  model.graph = std::move(graph);
  NativeModelOptions options;
  const auto backends = all_backends();
  options.backends.assign(backends.begin(), backends.end());
  auto loaded = ProbeModel::load(std::move(model), values, make_memory_budget(), options);
  if (!loaded) FAIL(format_error(loaded.error()));
  made.model = std::move(*loaded);
  auto pool = ThreadPool::create(1);
  REQUIRE(pool);
  made.pool = std::move(*pool);
  return made;
}

/// Three convolutions; what the first two make is looked at.
Probed three_convolutions() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, 6, 6}));
  const ValueId a = dsl.op("Relu", {dsl.op("Conv", {x, dsl.weight({8, 8, 3, 3})})});
  const ValueId b = dsl.op("Sigmoid", {dsl.op("Conv", {a, dsl.weight({8, 8, 3, 3})})});
  dsl.output("y", dsl.op("Conv", {b, dsl.weight({4, 8, 1, 1})}));
  return probed(dsl.build(), {a, b});
}

std::vector<Tensor> sample() { return {random_tensor({1, 8, 6, 6}, 17)}; }

bool same(const Tensor& a, const Tensor& b) { return distance(a, b) == 0.0; }

}  // namespace

TEST_CASE("a run goes on from where another one is", "[engine]") {
  const Probed probe = three_convolutions();
  const auto first = probe.run();
  const auto second = probe.run();
  REQUIRE(first->bind(sample()));
  for (const std::size_t stop : {0, 1}) {
    const auto seen = probe.next(*first);
    REQUIRE(seen);
    CHECK(seen->value == stop);
    const Tensor there = Probed::copy(seen->view);
    const auto taken = second->continue_from(*first);
    REQUIRE(taken);
    REQUIRE(*taken);
    CHECK((*taken)->value == stop);
    CHECK((*taken)->view.data != seen->view.data);
    CHECK(same(Probed::copy((*taken)->view), there));
    const Tensor changed = [&] {
      float* values = (*taken)->view.as<float>();
      std::fill(values, values + there.element_count(), 0.5F);
      return probe.finish(*second);
    }();
    CHECK(same(Probed::copy(seen->view), there));  // the other run's is its own
    REQUIRE(second->continue_from(*first));
    const Tensor continued = probe.finish(*second);
    CHECK_FALSE(same(changed, continued));
    const auto alone = probe.run();
    REQUIRE(alone->bind(sample()));
    CHECK(same(continued, probe.finish(*alone)));
  }
}

TEST_CASE("a run goes on from one that has not begun, or is complete", "[engine]") {
  const Probed probe = three_convolutions();
  const auto first = probe.run();
  const auto second = probe.run();
  REQUIRE(first->bind(sample()));
  const auto nothing = second->continue_from(*first);
  REQUIRE(nothing);
  CHECK_FALSE(*nothing);
  const Tensor expected = probe.finish(*first);
  CHECK(same(probe.finish(*second), expected));
  const auto third = probe.run();
  REQUIRE(third->continue_from(*first));
  CHECK(same(Probed::copy(third->output(0)), expected));
}

TEST_CASE("tensors whose size the data decides go along", "[engine]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({4, 8}));
  const ValueId places = dsl.op("Cast", {dsl.op("NonZero", {x})}, {attr("to", 1)});
  const ValueId wide = dsl.op("Exp", {places});
  dsl.output("y", dsl.op("Add", {dsl.op("Erf", {wide}), places}));
  const Probed probe = probed(dsl.build(), {wide});
  std::vector<float> values(32, 0.0F);
  values[3] = values[9] = values[30] = 1.0F;
  const std::vector<Tensor> inputs = {Tensor::from_float(values, {4, 8})};
  const auto first = probe.run();
  REQUIRE(first->bind(inputs));
  REQUIRE(probe.next(*first));
  const auto second = probe.run();
  const auto taken = second->continue_from(*first);
  REQUIRE(taken);
  REQUIRE(*taken);
  CHECK((*taken)->view.shape == Shape{2, 3});
  const Tensor made = probe.finish(*second);
  CHECK(made.shape() == Shape{2, 3});
  CHECK(same(made, probe.finish(*first)));
}

TEST_CASE("a run does not go on from one of another model", "[engine]") {
  const Probed probe = three_convolutions();
  const Probed other = three_convolutions();
  const auto first = probe.run();
  const auto second = other.run();
  REQUIRE(first->bind(sample()));
  const auto refused = second->continue_from(*first);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().id == "E-INTERNAL-PLAN");
}
