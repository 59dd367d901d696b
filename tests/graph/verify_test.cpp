#include "graph/verify.h"

#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

Graph small() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2}));
  dsl.output("y", dsl.op("Relu", {dsl.op("Neg", {x})}));
  return dsl.build();
}

void require_broken(const Graph& graph, const std::string& part) {
  const auto result = verify(graph);
  REQUIRE_FALSE(result);
  INFO(result.error().message);
  REQUIRE(result.error().code == Errc::internal);
  REQUIRE(result.error().message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("verify accepts a sound graph", "[graph]") { REQUIRE(verify(small())); }

TEST_CASE("verify finds broken structure", "[graph]") {
  Graph graph = small();
  SECTION("output without a producer") {
    graph.outputs[0].value = graph.add_value("loose");
    require_broken(graph, "never produced");
  }
  SECTION("output id out of range") {
    graph.outputs[0].value = static_cast<ValueId>(99);
    require_broken(graph, "has no value");
  }
  SECTION("a node reads what nobody makes") {
    graph.remove_node(static_cast<NodeId>(0));
    require_broken(graph, "never produced");
  }
  SECTION("uses out of date") {
    graph.mutable_node(static_cast<NodeId>(1)).inputs[0] = graph.inputs[0].value;
    require_broken(graph, "out of date");
  }
  SECTION("wrong producer") {
    graph.mutable_node(static_cast<NodeId>(1)).outputs[0] =
        graph.node(static_cast<NodeId>(0)).outputs[0];
    require_broken(graph, "another producer");
  }
  SECTION("arity") {
    graph.mutable_node(static_cast<NodeId>(1)).inputs.push_back(ValueId::none);
    require_broken(graph, "2 inputs");
  }
  SECTION("parameters") {
    graph.mutable_node(static_cast<NodeId>(1)).parameters.reset();
    require_broken(graph, "no parameters");
  }
  SECTION("constant that is also produced") {
    graph.set_constant(graph.outputs[0].value, Tensor::scalar_float(1.0F));
    require_broken(graph, "also produced");
  }
}

TEST_CASE("verify finds a cycle", "[graph]") {
  Graph graph;
  const ValueId a = graph.add_value("a");
  const ValueId b = graph.add_value("b");
  for (const auto& [in, out] : {std::pair{a, b}, {b, a}}) {
    Node node;
    node.op = Dsl::def("Relu");
    node.parameters = std::make_shared<NoParams>();
    node.inputs = {in};
    node.outputs = {out};
    graph.add_node(std::move(node));
  }
  graph.outputs.push_back({"b", b});
  const auto result = verify(graph);
  REQUIRE_FALSE(result);
  REQUIRE(result.error().id == "E-MODEL-CYCLE");
}
