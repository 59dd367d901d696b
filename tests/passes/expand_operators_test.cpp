#include "passes/expand_operators.h"

#include <cmath>

#include "graph/evaluate.h"
#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

struct Case {
  const char* op;
  int since;
  std::vector<Attribute> attributes;
  std::vector<Shape> weights;
  std::vector<std::string> made;  ///< operators among what takes its place
};

Graph graph_of(const Case& c) {
  Dsl dsl;
  std::vector<ValueId> inputs = {dsl.input("x", f32({2, 6, 3, 4}))};
  for (const Shape& shape : c.weights) inputs.push_back(dsl.weight(shape));
  dsl.output("y", dsl.op(c.op, inputs, c.attributes));
  return dsl.build();
}

}  // namespace

TEST_CASE("operators are taken apart for opsets that lack them", "[passes]") {
  const Case cases[] = {
      {"HardSwish", 14, {}, {}, {"HardSigmoid", "Mul"}},
      {"Mish", 18, {}, {}, {"Softplus", "Tanh"}},
      {"Gelu", 20, {}, {}, {"Erf"}},
      {"Gelu", 20, {Attribute{"approximate", std::string("tanh")}}, {}, {"Tanh"}},
      {"Swish", 24, {}, {}, {"Sigmoid"}},
      {"Swish", 24, {attr("alpha", 1.5F)}, {}, {"Sigmoid"}},
      {"LayerNormalization", 17, {}, {{4}, {4}}, {"ReduceMean", "Sqrt"}},
      {"LayerNormalization",
       17,
       {attr("axis", std::int64_t{2}), attr("epsilon", 0.5F)},
       {{3, 4}},
       {"ReduceMean", "Sqrt"}},
      {"RMSNormalization", 23, {attr("epsilon", 0.5F)}, {{4}}, {"ReduceMean", "Sqrt"}},
      {"GroupNormalization",
       21,
       {attr("num_groups", std::int64_t{3}), attr("epsilon", 0.5F)},
       {{6}, {6}},
       {"Reshape", "ReduceMean"}},
      {"Softmax", 13, {attr("axis", std::int64_t{1})}, {}, {"Transpose", "Softmax"}},
      {"Hardmax", 13, {attr("axis", std::int64_t{2})}, {}, {"Transpose", "Hardmax"}},
      {"LogSoftmax", 13, {attr("axis", std::int64_t{-4})}, {}, {"Transpose", "LogSoftmax"}},
  };
  for (const Case& c : cases) {
    INFO(c.op);
    const Graph before = graph_of(c);
    const std::vector<Tensor> x = {random_tensor({2, 6, 3, 4}, 7)};
    Graph kept = before;
    const auto none = expand_operators(kept, c.since, nullptr);
    REQUIRE(none);
    CHECK(none->empty());
    CHECK(count_ops(kept, "") == 1);
    Graph after = before;
    const auto notes = expand_operators(after, c.since - 1, nullptr);
    REQUIRE(notes);
    const bool turned = c.made.front() == "Transpose";  // the operator itself stays
    REQUIRE(notes->size() == 1);
    CHECK(notes->front() == std::string(c.op) + ": 1");
    CHECK(count_ops(after, c.op) == (turned ? 1 : 0));
    for (const std::string& op : c.made) CHECK(count_ops(after, op) >= 1);
    require_same_numbers(before, after, x, 2e-6);
  }
}

TEST_CASE("constants of doubles are doubles", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", ValueType::of(DType::float64, Shape{1}));
  dsl.output("y", dsl.op("Gelu", {x}));
  Graph graph = dsl.build();
  REQUIRE(expand_operators(graph, 19, nullptr));
  auto one = Tensor::allocate(DType::float64, Shape{1});
  REQUIRE(one);
  *one->mutable_as<double>() = 1.0;
  const TensorView views[] = {one->view()};
  const auto y = evaluate_graph(graph, views);
  REQUIRE(y);
  // 0.5 (1 + erf(1 / sqrt 2)) = 0.84134474606854293; float32 constants are 1e-8 off
  CHECK(std::abs((*y)[0].as<double>()[0] - 0.84134474606854293) < 1e-14);
}

TEST_CASE("comparisons with equality are taken apart, NaN is in neither", "[passes]") {
  for (const char* op : {"GreaterOrEqual", "LessOrEqual"}) {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({3}));
    const ValueId one = dsl.constant(Tensor::from_float({{1.0F, 1.0F, 1.0F}}, {3}));
    const ValueId y = dsl.op("Where", {dsl.op(op, {x, one}), one, x});
    dsl.output("y", y);
    const Graph before = dsl.build();
    Graph after = before;
    const auto notes = expand_operators(after, 11, nullptr);
    REQUIRE(notes);
    REQUIRE(notes->size() == 1);
    CHECK(notes->front() == std::string(op) + ": 1");
    CHECK(count_ops(after, "Or") == 1);
    const float values[] = {0.0F, 1.0F, 2.0F};
    require_same_numbers(before, after, {Tensor::from_float(values, {3})}, 0.0);
  }
}

TEST_CASE("a normalisation whose statistics are read stays", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 4}));
  Graph graph = [&] {
    const auto made = dsl.ops("LayerNormalization", {x, dsl.weight({4})}, 2);
    dsl.output("y", made[0]);
    dsl.output("mean", made[1]);
    return dsl.build();
  }();
  const auto notes = expand_operators(graph, 16, nullptr);
  REQUIRE(notes);
  CHECK(notes->empty());
  CHECK(count_ops(graph, "LayerNormalization") == 1);
}

TEST_CASE("a softmax along an axis with only ones behind it stays", "[passes]") {
  for (const bool alone : {true, false}) {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({"n", 5, 1, alone ? 1 : 2}));
    dsl.output("y", dsl.op("Softmax", {x}, {attr("axis", std::int64_t{1})}));
    Graph graph = dsl.build();
    const auto notes = expand_operators(graph, 11, nullptr);
    REQUIRE(notes);
    CHECK(notes->empty() == alone);
    CHECK(count_ops(graph, "Transpose") == (alone ? 0U : 2U));
  }
}
