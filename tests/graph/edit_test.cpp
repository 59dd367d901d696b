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
  const NodeId relu = graph.value(graph.outputs[0].value).producer;
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
}

TEST_CASE("new nodes that read a replaced value keep reading it", "[graph]") {
  Graph graph = chain();
  const NodeId neg = static_cast<NodeId>(0);
  const ValueId negated = graph.node(neg).outputs[0];
  Edit edit(graph);
  auto node = exp_of(negated);
  REQUIRE(node);
  edit.replace(negated, edit.add_node(std::move(node).value()));
  REQUIRE(apply(graph, std::move(edit)));
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
