#include "passes/input_uses.h"

#include "passes/quant_pattern.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

using Sizes = std::vector<std::int64_t>;

InputUse sole_use(Dsl& dsl, ValueId last) {
  dsl.output("y", last);
  return input_uses(dsl.build(false)).front();
}

}  // namespace

TEST_CASE("weights say how long the dims are that they multiply", "[passes]") {
  const ValueType cube = f32({"N", "S", "H"});
  SECTION("MatMul, behind a sum with a row") {
    Dsl dsl;
    const ValueId x = dsl.op("Add", {dsl.input("x", cube), dsl.weight({768})});
    const InputUse use = sole_use(dsl, dsl.op("MatMul", {x, dsl.weight({768, 32})}));
    CHECK(use.sizes == Sizes{0, 0, 768});
    CHECK(use.table_rows == 0);
  }
  SECTION("MatMul from the left, Gemm of a turned operand") {
    Dsl dsl;
    const ValueId x = dsl.input("x", cube);
    CHECK(sole_use(dsl, dsl.op("MatMul", {dsl.weight({4, 9}), x})).sizes == Sizes{0, 9, 0});
    Dsl other;
    const ValueId a = other.input("x", f32({"K", "M"}));
    const ValueId product = other.op("Gemm", {a, other.weight({5, 11})},
                                     {int_attr("transA", 1), int_attr("transB", 1)});
    CHECK(sole_use(other, product).sizes == Sizes{11, 0});
  }
  SECTION("a weight that is turned in the graph, an input that is turned before") {
    Dsl dsl;
    const ValueId x =
        dsl.op("Transpose", {dsl.input("x", cube)}, {Attribute{"perm", Sizes{0, 2, 1}}});
    const ValueId w = dsl.op("Transpose", {dsl.weight({6, 13})});
    CHECK(sole_use(dsl, dsl.op("MatMul", {x, w})).sizes == Sizes{0, 13, 0});
  }
  SECTION("convolutions have channels times groups") {
    Dsl dsl;
    const ValueId x = dsl.op("Unsqueeze", {dsl.input("x", cube), dsl.ints({-1})});
    const ValueId y = dsl.op("Conv", {x, dsl.weight({8, 2, 3, 1})}, {int_attr("group", 4)});
    CHECK(sole_use(dsl, y).sizes == Sizes{0, 8, 0});
  }
  SECTION("recurrent operators, states too") {
    Dsl dsl;
    const ValueId x = dsl.input("x", cube);
    const ValueId h = dsl.input("h", f32({"D", "N", "H"}));
    dsl.output(
        "y",
        dsl.op(
            "GRU",
            {x, dsl.weight({2, 15, 40}), dsl.weight({2, 15, 5}), ValueId::none, ValueId::none, h},
            {int_attr("hidden_size", 5), Attribute{"direction", std::string("bidirectional")}}));
    const auto uses = input_uses(dsl.build(false));
    CHECK(uses[0].sizes == Sizes{0, 0, 40});
    CHECK(uses[1].sizes == Sizes{2, 0, 5});
  }
  SECTION("what is computed from other activations says nothing") {
    Dsl dsl;
    const ValueId x = dsl.input("x", cube);
    CHECK(sole_use(dsl, dsl.op("Add", {x, dsl.op("Relu", {x})})).sizes == Sizes{0, 0, 0});
  }
}

TEST_CASE("an output that a node leaves out is not followed", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({"N", 8}));
  const auto halves = dsl.ops("Split", {x}, 2, {int_attr("axis", 1), int_attr("num_outputs", 2)});
  dsl.output("y", halves[0]);
  Graph graph = dsl.build(false);
  graph.mutable_node(graph.value(halves[0]).producer).outputs[1] = ValueId::none;
  CHECK(input_uses(graph).front().sizes == Sizes{0, 0});
}

TEST_CASE("tables say how many rows there are", "[passes]") {
  const ValueType ids = typed(DType::int64, {"N", "S"});
  SECTION("behind what keeps elements, the smallest table counts") {
    Dsl dsl;
    const ValueId x = dsl.input("x", ids);
    const ValueId flat = dsl.op("Reshape", {x, dsl.ints({-1})});
    const ValueId last = dsl.op("Gather", {flat, dsl.ints({-1})}, {int_attr("axis", 0)});
    const ValueId wide = dsl.op("Cast", {last}, {int_attr("to", 6)});
    dsl.output("a", dsl.op("Gather", {dsl.weight({50, 8}), wide}));
    const ValueId y = dsl.op("Gather", {dsl.weight({8, 20}), x}, {int_attr("axis", -1)});
    CHECK(sole_use(dsl, y).table_rows == 20);
  }
  SECTION("not behind arithmetic, nor of a table that is computed") {
    Dsl dsl;
    const ValueId x = dsl.input("x", ids);
    dsl.output("a", dsl.op("Gather", {dsl.op("Relu", {dsl.input("t", f32({4, 4}))}), x}));
    const ValueId moved = dsl.op("Add", {x, dsl.ints({100})});
    CHECK(sole_use(dsl, dsl.op("Gather", {dsl.weight({50, 8}), moved})).table_rows == 0);
  }
}
