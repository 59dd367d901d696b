#include "graph/builder.h"

#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("builder makes a verified graph that evaluates", "[graph]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2}));
  dsl.output("y", dsl.op("Add", {dsl.op("Mul", {x, dsl.scalar(3.0F)}), dsl.scalar(1.0F)}));
  const Graph graph = dsl.build();
  const float values[] = {1.0F, -2.0F};
  const auto outputs = evaluate(graph, {Tensor::from_float(values, Shape{2})});
  REQUIRE(outputs[0].as<float>()[0] == 4.0F);
  REQUIRE(outputs[0].as<float>()[1] == -5.0F);
}

TEST_CASE("builder reports the first error", "[graph]") {
  SECTION("unknown operator") {
    GraphBuilder builder;
    const ValueId x = builder.input("x", f32({2}));
    builder.output("y", builder.add(find_op("", "NoSuchOp"), {x}));
    const auto graph = std::move(builder).build();
    REQUIRE_FALSE(graph);
    REQUIRE(graph.error().code == Errc::internal);
  }
  SECTION("attribute that nobody reads") {
    GraphBuilder builder;
    const ValueId x = builder.input("x", f32({2}));
    builder.output("y", builder.add(find_op("", "Relu"), {x}, {attr("colour", 1)}));
    const auto graph = std::move(builder).build();
    REQUIRE_FALSE(graph);
    REQUIRE(graph.error().id == "E-UNSUPPORTED-ATTR");
  }
}

TEST_CASE("print shows one line per node", "[graph]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({"N", 4}));
  dsl.output("y", dsl.op("Concat", {x, dsl.weight({1, 4})}, {attr("axis", 0)}));
  const std::string text = print(dsl.build());
  REQUIRE(text.find("in  %0 x: float[N,4]") != std::string::npos);
  REQUIRE(text.find("Concat(%0 x, %1 c0 = {") != std::string::npos);
  REQUIRE(text.find("{axis=0}") != std::string::npos);
  REQUIRE(text.find("out y = ") != std::string::npos);
}

TEST_CASE("print escapes hostile names", "[graph]") {
  GraphBuilder builder("a\x1b[31m\nforged");
  const ValueId x = builder.input("x\n", f32({2}));
  builder.output("y", builder.add(find_op("", "Relu"), {x}));
  const auto graph = std::move(builder).build();
  REQUIRE(graph);
  const std::string text = print(*graph);
  REQUIRE(text.find('\x1b') == std::string::npos);
  REQUIRE(text.find("\nforged") == std::string::npos);
}

TEST_CASE("the number comparator sees differences", "[graph]") {
  const float a[] = {1.0F, 2.0F};
  const float flipped[] = {1.0F, -2.0F};
  const float nan[] = {1.0F, NAN};
  const Tensor reference = Tensor::from_float(a, Shape{2});
  REQUIRE(distance(reference, reference) == 0.0);
  REQUIRE(distance(Tensor::from_float(flipped, Shape{2}), reference) > 1.0);
  REQUIRE(std::isinf(distance(Tensor::from_float(nan, Shape{2}), reference)));
  REQUIRE(std::isinf(distance(Tensor::from_float(a, Shape{1, 2}), reference)));
}
