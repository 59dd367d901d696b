#include "passes/change_precision.h"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "graph/evaluate.h"
#include "graph/infer.h"
#include "graph/verify.h"
#include "ops/registry.h"

using namespace vernier;

namespace {

ValueType floats(std::vector<Dim> dims) { return ValueType::of(DType::float32, std::move(dims)); }

Graph finish(GraphBuilder builder) {
  auto graph = std::move(builder).build();
  REQUIRE(graph);
  REQUIRE(infer_types(*graph));
  return *std::move(graph);
}

std::size_t count(const Graph& graph, std::string_view op) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    found += graph.alive(id) && graph.node(id).is(op) ? 1 : 0;
  }
  return found;
}

/// x -> Neg -> a; a -> Exp -> b; a -> Abs -> c; y = b + c
Graph diamond() {
  GraphBuilder builder("diamond", 17);
  const ValueId x = builder.input("x", floats({Dim::known(2)}));
  const ValueId a = builder.add(find_op("", "Neg"), {x}, {}, "neg");
  const ValueId b = builder.add(find_op("", "Exp"), {a}, {}, "exp");
  const ValueId c = builder.add(find_op("", "Abs"), {a}, {}, "abs");
  builder.output("y", builder.add(find_op("", "Add"), {b, c}, {}, "add"));
  return finish(std::move(builder));
}

ValueId value_of(const Graph& graph, std::string_view node) {
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id) && graph.node(id).name == node) return graph.node(id).outputs[0];
  }
  return ValueId::none;
}

}  // namespace

TEST_CASE("float16: one Cast at each border, the output keeps its name and type", "[precision]") {
  Graph graph = diamond();
  const auto report = change_precision(graph, {});
  REQUIRE(report);
  CHECK(report->converted == 4);
  CHECK(report->casts == 2);  // behind x, before y
  REQUIRE(verify(graph));
  CHECK(graph.value(graph.inputs[0].value).type.dtype == DType::float32);
  CHECK(graph.value(graph.outputs[0].value).type.dtype == DType::float32);
  CHECK(graph.value(graph.outputs[0].value).name == "y");
  CHECK(graph.value(value_of(graph, "exp")).type.dtype == DType::float16);
  const float x[] = {0.1F, -1.0F};
  const Tensor input = Tensor::from_float(x, Shape{2});
  const TensorView views[] = {input.view()};
  const auto y = evaluate_graph(graph, views);
  REQUIRE(y);
  // float16(0.1) = 0.0999756, exp(-0.0999756) = 0.904859 -> 0.904785; the sum 1.00476 -> 1.00488
  CHECK((*y)[0].as<float>()[0] == 1.0048828125F);
}

TEST_CASE("float16: a value beyond the limit keeps maker and readers, and is cast once",
          "[precision]") {
  Graph graph = diamond();
  PrecisionOptions options;
  options.ranges[value_of(graph, "neg")] = {20000.0F, true};
  options.ranges[value_of(graph, "exp")] = {1.0F, true};
  const auto report = change_precision(graph, options);
  REQUIRE(report);
  CHECK(report->converted == 1);  // Add
  CHECK(report->kept.size() == 3);
  CHECK(report->kept[0].reason == "'neg' reaches 20000.000000");
  CHECK(report->casts == 3);  // both inputs of Add, and y
  REQUIRE(verify(graph));
  REQUIRE(infer_types(graph));
}

TEST_CASE("float16: everything kept is no change", "[precision]") {
  Graph graph = diamond();
  PrecisionOptions options;
  options.keep = {"Neg", "exp", "Abs", "add"};
  const auto report = change_precision(graph, options);
  REQUIRE(report);
  CHECK(report->converted == 0);
  CHECK(report->casts == 0);
  CHECK(graph.node_count() == 4);
  options.keep = {"nothing"};
  CHECK(change_precision(graph, options).error().id == "E-PRECISION-KEEP");
}

namespace {

/// x[1, 32] times `count` weights of 32 x 32, each with a bias: w0, b0, w1, b1, ...
Graph chain(int count) {
  GraphBuilder builder("chain", 17);
  ValueId at = builder.input("x", floats({Dim::known(1), Dim::known(32)}));
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    const std::vector<float> weight(1024, 0.1F);
    const std::vector<float> bias(32, 0.3F);
    const ValueId w =
        builder.constant(std::string("w").append(n), Tensor::from_float(weight, Shape{32, 32}));
    const ValueId b =
        builder.constant(std::string("b").append(n), Tensor::from_float(bias, Shape{32}));
    at = builder.add(find_op("", "MatMul"), {at, w}, {}, std::string("mul").append(n));
    at = builder.add(find_op("", "Add"), {at, b}, {}, std::string("add").append(n));
  }
  builder.output("y", at);
  return finish(std::move(builder));
}

ValueId named(const Graph& graph, std::string_view name) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (graph.value(id).name == name && !graph.uses(id).empty()) return id;
  }
  return ValueId::none;
}

const Node& reader_of(const Graph& graph, std::string_view name) {
  const ValueId id = named(graph, name);
  REQUIRE(id != ValueId::none);
  return graph.node(graph.uses(id)[0]);
}

}  // namespace

TEST_CASE("float16: an exact constant stays, its reader computes in float32", "[precision]") {
  Graph graph = chain(9);
  PrecisionOptions options;
  options.exact = {{0, named(graph, "w5")}};
  const auto report = change_precision(graph, options);
  REQUIRE(report);
  REQUIRE(verify(graph));
  REQUIRE(infer_types(graph));
  REQUIRE(report->kept.size() == 8);  // mul5 and the seven nodes behind it
  CHECK(report->kept[0].node == "mul5");
  CHECK(report->kept[1].reason == "it lies between nodes whose rounding costs too much accuracy");
  CHECK(graph.value(named(graph, "w5")).type.dtype == DType::float32);
  CHECK(reader_of(graph, "w5").is("MatMul"));
  // Others of such nodes are stored in float16 and cast back where that saves bytes.
  CHECK(graph.value(named(graph, "w6")).type.dtype == DType::float16);
  CHECK(reader_of(graph, "w6").is("Cast"));
  CHECK(graph.value(named(graph, "b6")).type.dtype == DType::float32);
  // The ten nodes before it are no small island.
  CHECK(graph.value(named(graph, "w4")).type.dtype == DType::float16);
  CHECK(reader_of(graph, "w4").is("MatMul"));
}

TEST_CASE("float16: constants keep their names", "[precision]") {
  Graph graph = chain(1);
  REQUIRE(change_precision(graph, {}));
  CHECK(graph.value(named(graph, "w0")).type.dtype == DType::float16);
}

TEST_CASE("bfloat16: a constant that rounds to infinity stays", "[precision]") {
  GraphBuilder builder("mask", 17);
  const ValueId x = builder.input("x", floats({Dim::known(1)}));
  const float lowest[] = {-3.4028235e38F};
  const ValueId mask = builder.constant("mask", Tensor::from_float(lowest, Shape{1}));
  builder.output("y", builder.add(find_op("", "Mul"), {x, mask}, {}, "mul"));
  Graph graph = finish(std::move(builder));
  PrecisionOptions options;
  options.to = DType::bfloat16;
  const auto report = change_precision(graph, options);
  REQUIRE(report);
  REQUIRE(report->kept.size() == 1);
  CHECK(graph.value(named(graph, "mask")).type.dtype == DType::float32);
}

TEST_CASE("bfloat16: long sums stay in float32, short ones and layer norms do not", "[precision]") {
  GraphBuilder builder("sums", 18);
  const ValueId x = builder.input("x", floats({Dim::known(4), Dim::known(40)}));
  const ValueId scale =
      builder.constant("scale", Tensor::from_float(std::vector<float>(40, 1.0F), Shape{40}));
  const std::int64_t first[] = {0};
  const ValueId axes = builder.constant("axes", Tensor::from_int64(first, Shape{1}));
  const ValueId norm =
      builder.add(find_op("", "LayerNormalization"), {x, scale, scale}, {}, "norm");
  builder.output("rows", builder.add(find_op("", "Softmax"), {norm}, {}, "rows"));
  builder.output("columns", builder.add(find_op("", "Softmax"), {norm}, {{"axis", std::int64_t{0}}},
                                        "columns"));
  builder.output("all", builder.add(find_op("", "ReduceMean"), {norm}, {}, "all"));
  builder.output("few", builder.add(find_op("", "ReduceMean"), {norm, axes}, {}, "few"));
  Graph graph = finish(std::move(builder));
  SECTION("bfloat16") {
    PrecisionOptions options;
    options.to = DType::bfloat16;
    const auto report = change_precision(graph, options);
    REQUIRE(report);
    REQUIRE(report->kept.size() == 2);
    std::set<std::string> kept = {report->kept[0].node, report->kept[1].node};
    CHECK(kept == std::set<std::string>{"rows", "all"});
    CHECK(report->kept[0].reason.find("elements") != std::string::npos);
  }
  SECTION("float16 looks at what was seen alone") {
    const auto report = change_precision(graph, {});
    REQUIRE(report);
    CHECK(report->kept.empty());
  }
}

TEST_CASE("float16: a weight that only bodies read crosses the border in float16", "[precision]") {
  const auto body = [](const char* op) {
    GraphBuilder builder("body", 17);
    const ValueId w = builder.capture("w", floats({Dim::known(2)}));
    builder.output("out", builder.add(find_op("", op), {w}, {}, std::string("in_") + op));
    auto graph = std::move(builder).build();
    REQUIRE(graph);
    return std::make_shared<Graph>(*std::move(graph));
  };
  GraphBuilder builder("outer", 17);
  const ValueId condition = builder.input("c", ValueType::of(DType::boolean, std::vector<Dim>{}));
  const float values[] = {1.5F, -2.5F};
  const ValueId w = builder.constant("w", Tensor::from_float(values, Shape{2}));
  const auto y = builder.add_with_bodies(find_op("", "If"), {condition}, {w},
                                         {body("Neg"), body("Abs")}, 1, {}, "choose");
  builder.output("y", y[0]);
  Graph graph = finish(std::move(builder));
  const auto report = change_precision(graph, {});
  REQUIRE(report);
  CHECK(report->converted == 2);
  REQUIRE(report->stored_as.size() == 1);
  const ValueId stored = report->stored_as.begin()->first;
  CHECK(graph.value(stored).type.dtype == DType::float16);
  CHECK(graph.uses(stored).size() == 1);
  CHECK(graph.uses(w).empty());
  const Graph& negated = *graph.node(static_cast<NodeId>(0)).subgraphs[0];
  CHECK(negated.value(negated.captures[0]).type.dtype == DType::float16);
  CHECK(count(negated, "Cast") == 1);  // before the body's output
}

TEST_CASE("float32 again: half types go, and Casts between them", "[precision]") {
  Graph graph = diamond();
  REQUIRE(change_precision(graph, {}));
  CHECK(holds_halves(graph));
  const auto report = widen_precision(graph, {});
  REQUIRE(report);
  CHECK_FALSE(holds_halves(graph));
  CHECK(count(graph, "Cast") == 0);
  CHECK(graph.value(graph.outputs[0].value).name == "y");
  REQUIRE(infer_types(graph));
}

namespace {

/// Why the node `node` of `graph` stays float32 in `to`; empty: it is converted.
std::string kept_because(Graph graph, const std::string& node, DType to = DType::float16) {
  PrecisionOptions options;
  options.to = to;
  const auto report = change_precision(graph, options);
  REQUIRE(report);
  REQUIRE(verify(graph));
  for (const KeptNode& kept : report->kept) {
    if (kept.node == node) return kept.reason;
  }
  return {};
}

Graph scatter(const char* op, const char* reduction) {
  GraphBuilder builder("scatter", 18);
  const ValueId x = builder.input("x", floats({Dim::known(4)}));
  const bool nd = std::string_view(op) == "ScatterND";
  const std::int64_t at[] = {0, 1, 1};
  const Tensor flat = Tensor::from_int64(at);
  const ValueId indices = builder.constant("indices", flat.reshaped(nd ? Shape{3, 1} : Shape{3}));
  const ValueId updates = builder.input("updates", floats({Dim::known(3)}));
  builder.output("y", builder.add(find_op("", op), {x, indices, updates},
                                  {{"reduction", std::string(reduction)}}, "scatter"));
  return finish(std::move(builder));
}

/// Transpose, `between`, MatMul.
Graph turned_product(const std::vector<std::int64_t>& perm, const char* between, const char* last) {
  GraphBuilder builder("turned", 17);
  const ValueId x = builder.input("x", floats(std::vector<Dim>(perm.size(), Dim::known(2))));
  ValueId t = builder.add(find_op("", "Transpose"), {x}, {{"perm", perm}}, "turn");
  t = builder.add(find_op("", between), {t});
  const float w[] = {1, 2, 3, 4};
  const ValueId weight = builder.constant("w", Tensor::from_float(w, Shape{2, 2}));
  builder.output("y", builder.add(find_op("", last), {t, weight}));
  return finish(std::move(builder));
}

}  // namespace

TEST_CASE("float16: what ONNX Runtime's CPU provider does not run stays", "[precision]") {
  for (const char* op : {"ScatterElements", "ScatterND"}) {
    INFO(op);
    const bool elements = std::string_view(op) == "ScatterElements";
    CHECK(kept_because(scatter(op, "none"), "scatter").empty());
    CHECK(kept_because(scatter(op, "max"), "scatter").empty() == elements);
    CHECK_FALSE(kept_because(scatter(op, "mul"), "scatter").empty());
    CHECK(kept_because(scatter(op, "add"), "scatter") ==
          "ONNX Runtime's CPU provider does not run its reduction in fp16");
    CHECK(kept_because(scatter(op, "add"), "scatter", DType::bfloat16).empty());
  }
  GraphBuilder builder("mvn", 13);
  const ValueId x = builder.input("x", floats({Dim::known(1), Dim::known(2), Dim::known(3)}));
  const ValueId y = builder.add(find_op("", "MeanVarianceNormalization"), {x},
                                {{"axes", std::vector<std::int64_t>{0, 2}}}, "mvn");
  builder.output("y", y);
  CHECK(kept_because(finish(std::move(builder)), "mvn") ==
        "ONNX Runtime's CPU provider does not load it in fp16");
}

TEST_CASE("float16: a Transpose that crashes ONNX Runtime in front of a MatMul stays",
          "[precision]") {
  const auto kept = [](const std::vector<std::int64_t>& perm, const char* between = "Identity",
                       const char* last = "MatMul") {
    return !kept_because(turned_product(perm, between, last), "turn").empty();
  };
  // Found by loading all permutations of ranks 2 to 5 in ONNX Runtime 1.32.
  CHECK(kept({1, 0, 2}));
  CHECK(kept({1, 2, 0}));
  CHECK(kept({1, 2, 0, 3}));
  CHECK(kept({1, 2, 3, 0}));
  CHECK_FALSE(kept({1, 0}));
  CHECK_FALSE(kept({0, 2, 1}));
  CHECK_FALSE(kept({2, 0, 1}));
  CHECK_FALSE(kept({2, 1, 0}));
  CHECK_FALSE(kept({1, 0, 2, 3}));
  CHECK_FALSE(kept({1, 0, 2}, "Relu"));
  CHECK_FALSE(kept({1, 0, 2}, "Identity", "Add"));
}

TEST_CASE("float16: a window whose type stands in an attribute stays", "[precision]") {
  for (const char* op : {"HannWindow", "HammingWindow", "BlackmanWindow"}) {
    INFO(op);
    GraphBuilder builder("window", 17);
    const ValueId size = builder.input("size", ValueType::of(DType::int64, Shape()));
    const ValueId window = builder.add(find_op("", op), {size}, {}, "window");
    builder.output("y", builder.add(find_op("", "Neg"), {window}));
    CHECK(kept_because(finish(std::move(builder)), "window") ==
          "it makes numbers of a type of its own");
  }
}
