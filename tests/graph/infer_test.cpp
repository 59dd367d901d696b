#include "graph/infer.h"

#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// x [N,3] -> where it is not 0, [?,2].
Graph with_open_rows() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({"N", 3}));
  dsl.output("y", dsl.op("Transpose", {dsl.op("NonZero", {x})}));
  return dsl.build();
}

std::vector<Dim> kept(Graph graph, const ValueType& declared) {
  const ValueType all[] = {declared};
  keep_declared_outputs(graph, all);
  return graph.value(graph.outputs[0].value).type.dims;
}

}  // namespace

TEST_CASE("declared names of inputs complete outputs, declared sizes do not", "[graph]") {
  const Graph graph = with_open_rows();
  REQUIRE(graph.value(graph.outputs[0].value).type == typed(DType::int64, {"?", 2}));
  CHECK(kept(graph, typed(DType::int64, {"N", 2})) == f32({"N", 2}).dims);
  CHECK(kept(graph, typed(DType::int64, {"M", 2})) == f32({"?", 2}).dims);
  CHECK(kept(graph, typed(DType::int64, {5, 2})) == f32({"?", 2}).dims);
  Graph fixed = graph;
  bind_symbol(fixed, "N", 4);
  fixed.bound = true;
  REQUIRE(infer_types(fixed));
  CHECK(kept(fixed, typed(DType::int64, {5, 2})) == f32({"?", 2}).dims);
}

TEST_CASE("the declared rank of an output keeps its sizes unless shapes are bound", "[graph]") {
  Graph graph = with_open_rows();
  ValueType open = ValueType::of(DType::int64);
  open.ranked = false;
  graph.set_type(graph.outputs[0].value, open);
  CHECK(kept(graph, typed(DType::int64, {5, "N"})) == f32({5, "N"}).dims);
  graph.bound = true;
  CHECK(kept(graph, typed(DType::int64, {5, "N"})) == f32({"?", "N"}).dims);
}

TEST_CASE("a declared shape that is wrong gives way, a wrong type does not", "[graph]") {
  for (const ValueType& declared :
       {typed(DType::int64, {2}), typed(DType::int64, {"N", 7}), typed(DType::int64, {1, 2, 3})}) {
    Graph graph = with_open_rows();
    graph.set_type(graph.outputs[0].value, declared);
    REQUIRE(infer_types(graph));
    CHECK(graph.value(graph.outputs[0].value).type == typed(DType::int64, {"?", 2}));
  }
  Graph graph = with_open_rows();
  graph.set_type(graph.outputs[0].value, f32({"?", 2}));
  const auto inferred = infer_types(graph);
  REQUIRE_FALSE(inferred);
  CHECK(inferred.error().id == "E-MODEL-DTYPE");
}
