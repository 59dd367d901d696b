#include "api/convert_accuracy.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "ops/registry.h"

using namespace vernier;

namespace {

struct Sum {
  Graph graph;
  std::vector<PlacedValue> constants;  ///< of 10, 100 and 1000 elements
};

Sum sum_of_three() {
  GraphBuilder builder("sum", 17);
  ValueId at = builder.input("x", ValueType::of(DType::float32, {Dim::known(1)}));
  for (const std::int64_t count : {1000, 10, 100}) {
    const std::vector<float> values(static_cast<std::size_t>(count), 1.0F);
    const ValueId id =
        builder.constant(std::to_string(count), Tensor::from_float(values, Shape{count}));
    at = builder.add(find_op("", "Concat"), {at, id}, {{"axis", std::int64_t{0}}}, {});
  }
  builder.output("y", at);
  auto graph = std::move(builder).build();
  REQUIRE(graph);
  Sum sum{*std::move(graph), {}};
  sum.constants = roundable_constants(sum.graph);
  return sum;
}

std::vector<RoundedConstant> with_effects(const Sum& sum, std::vector<double> effects) {
  std::vector<RoundedConstant> measured;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    measured.push_back({sum.constants[i], effects[i]});
  }
  return measured;
}

}  // namespace

TEST_CASE("constants that can be rounded come smallest first", "[convert]") {
  const Sum sum = sum_of_three();
  REQUIRE(sum.constants.size() == 3);
  CHECK(sum.graph.value(sum.constants[0].id).name == "10");
  CHECK(sum.graph.value(sum.constants[2].id).name == "1000");
}

TEST_CASE("the constants with most squared error per byte stay exact", "[convert]") {
  Sum sum = sum_of_three();
  const auto measured = with_effects(sum, {3e-3, 4e-3, 4e-3});
  // sqrt(9 + 16 + 16) e-3
  CHECK(expected_error(measured) == Approx(std::sqrt(41.0) * 1e-3));
  const double error = expected_error(measured);
  const std::uint64_t room = 1U << 20U;
  CHECK(choose_exact(sum.graph, measured, error, 7e-3, room).empty());
  // Costs of 180, 360 and 2160 bytes with the Casts of the reader: 9/180 > 16/360 > 16/2160.
  CHECK(choose_exact(sum.graph, measured, error, 5.9e-3, room) ==
        std::set<PlacedValue>{sum.constants[0]});
  CHECK(choose_exact(sum.graph, measured, error, 4.1e-3, room) ==
        std::set<PlacedValue>{sum.constants[0], sum.constants[1]});
  CHECK(choose_exact(sum.graph, measured, error, 1e-3, room).size() == 3);
  // No room for the large one.
  CHECK(choose_exact(sum.graph, measured, error, 1e-3, 2000).size() == 2);
  // Twice the error that the parts explain: the same share of it has to go.
  CHECK(choose_exact(sum.graph, measured, 2 * error, 8.2e-3, room).size() == 2);
}

TEST_CASE("a constant whose rounding breaks the outputs stays exact first", "[convert]") {
  Sum sum = sum_of_three();
  const auto measured = with_effects(sum, {1e-3, 1e-3, std::numeric_limits<double>::infinity()});
  CHECK(choose_exact(sum.graph, measured, 1e-3, 1e-2, 1U << 20U) ==
        std::set<PlacedValue>{sum.constants[2]});
}

TEST_CASE("the values with the largest effects stay exact", "[convert]") {
  const auto id = [](int i) { return static_cast<ValueId>(i); };
  const std::vector<RoundedValues> measured = {
      {{id(1)}, 1e-3}, {{id(2), id(3)}, 4e-3}, {{id(4)}, 2e-3}};
  const double error = std::sqrt(21.0) * 1e-3;
  CHECK(choose_exact_values(measured, error, 5e-3).empty());
  CHECK(choose_exact_values(measured, error, 2.3e-3) ==
        std::set<PlacedValue>{{0, id(2)}, {0, id(3)}});
  CHECK(choose_exact_values(measured, error, 1.5e-3).size() == 3);
  // One that breaks the outputs goes first, and says nothing of the others.
  auto broken = measured;
  broken.push_back({{id(5)}, std::numeric_limits<double>::infinity()});
  CHECK(choose_exact_values(broken, std::numeric_limits<double>::infinity(), 5e-3) ==
        std::set<PlacedValue>{{0, id(5)}});
  // All together do twice what they do alone.
  CHECK(choose_exact_values(measured, 2 * error, 2.3e-3).size() == 3);
}

TEST_CASE("a value is rounded where its maker or a reader computes in the new type", "[convert]") {
  const Sum sum = sum_of_three();
  const Graph& graph = sum.graph;
  const ValueId x = graph.inputs[0].value;
  const NodeId first = graph.uses(x)[0];
  const ValueId middle = graph.node(first).outputs[0];
  const NodeId second = graph.uses(middle)[0];
  using Flags = std::vector<bool>;
  CHECK(rounded_values(graph, {x, middle}, {}) == Flags{true, true});
  CHECK(rounded_values(graph, {x, middle}, {first}) == Flags{false, true});
  CHECK(rounded_values(graph, {x, middle}, {first, second}) == Flags{false, false});
}
