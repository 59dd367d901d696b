#include "graph/edit.h"

#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// x -> Neg -> Relu -> y, and Neg -> Exp (dead when `branch` is false).
Graph chain() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2}));
  const ValueId neg = dsl.op("Neg", {x});
  dsl.output("y", dsl.op("Relu", {neg}));
  return dsl.build();
}

Result<Node> exp_of(ValueId input) { return make_node(Dsl::def("Exp"), "exp", 22, {input}); }

}  // namespace

TEST_CASE("an edit replaces a chain and takes unread producers along", "[graph]") {
  Graph graph = chain();
  const ValueId before = graph.outputs[0].value;
  const std::string name = graph.value(before).name;
  const NodeId relu = graph.value(before).producer;
  Edit edit(graph);
  auto node = exp_of(graph.inputs[0].value);
  REQUIRE(node);
  const ValueId out = edit.add_node(std::move(node).value());
  edit.replace(graph.outputs[0].value, out);
  edit.remove(relu);
  const auto applied = apply(graph, std::move(edit));
  REQUIRE(applied);
  REQUIRE(verify(graph));
  REQUIRE(count_ops(graph, "") == 1);
  REQUIRE(graph.outputs[0].name == "y");
  REQUIRE(graph.outputs[0].value == out);
  REQUIRE(graph.value(out).type == f32({2}));
  REQUIRE(applied->touched.size() == 1);
  REQUIRE(graph.value(out).name == name);
  REQUIRE(graph.value(before).name.empty());
}

TEST_CASE("new nodes that read a replaced value keep reading it", "[graph]") {
  Graph graph = chain();
  const NodeId neg = static_cast<NodeId>(0);
  const ValueId negated = graph.node(neg).outputs[0];
  Edit edit(graph);
  auto node = exp_of(negated);
  REQUIRE(node);
  const std::string name = graph.value(negated).name;
  const ValueId out = edit.add_node(std::move(node).value());
  edit.replace(negated, out);
  REQUIRE(apply(graph, std::move(edit)));
  REQUIRE(graph.value(out).name == name);
  REQUIRE(graph.value(negated).name == "exp");
  REQUIRE(verify(graph));
  const float values[] = {-1.0F, 0.0F};
  const auto outputs = evaluate(graph, {Tensor::from_float(values, Shape{2})});
  REQUIRE(outputs[0].as<float>()[0] == Approx(std::exp(1.0F)));
}

TEST_CASE("edits that do not fit are refused", "[graph]") {
  Graph graph = chain();
  Edit edit(graph);
  SECTION("made for another state") {
    graph.add_value("late");
    edit.remove(NodeId{0});
  }
  SECTION("removes what is still read") { edit.remove(NodeId{0}); }
  SECTION("unknown node") { edit.remove(NodeId{77}); }
  SECTION("unknown value") { edit.replace(graph.outputs[0].value, ValueId{77}); }
  SECTION("incomplete node") { edit.add_node(Node{}); }
  const auto applied = apply(graph, std::move(edit));
  REQUIRE_FALSE(applied);
  REQUIRE(applied.error().id == "E-INTERNAL-EDIT");
}

TEST_CASE("remove_dead removes nodes and frees constants", "[graph]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2}));
  const ValueId c = dsl.weight({2});
  dsl.op("Exp", {dsl.op("Add", {x, c})});
  dsl.output("y", dsl.op("Relu", {x}));
  Graph graph = dsl.build();
  REQUIRE(remove_dead(graph) == 2);
  REQUIRE_FALSE(graph.is_constant(c));
  REQUIRE(verify(graph));
}

TEST_CASE("added nodes and constants get names of their own", "[graph]") {
  Graph graph = chain();
  const ValueId x = graph.inputs[0].value;
  NodeAdder adder(graph);
  const ValueId one = adder.constant("x", Tensor::scalar_float(1.0F));
  const ValueId two = adder.constant("x", Tensor::scalar_float(2.0F));
  const auto sum = adder.node(Dsl::def("Add"), "sum", "x_1", {x, one});
  const auto again = adder.node(Dsl::def("Add"), "sum", "sum", {x, two});
  REQUIRE(sum);
  REQUIRE(again);
  CHECK(graph.value(one).name == "x_1");
  CHECK(graph.value(two).name == "x_2");
  CHECK(graph.value(*sum).name == "x_1_1");
  CHECK(graph.value(*again).name == "sum");
  CHECK(graph.node(graph.value(*sum).producer).name == "sum");
  CHECK(graph.node(graph.value(*again).producer).name == "sum_1");
  CHECK(graph.value(*sum).type == f32({2}));
  CHECK_FALSE(adder.node(Dsl::def("Add"), "bad", "bad", {x, x}, {{"axis", std::int64_t{1}}}));
}
