#include "passes/lift_quantization.h"

#include <algorithm>
#include <set>
#include <string>

#include "passes/insert_qdq.h"
#include "passes/qdq_placement.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

Tensor bytes_u8(std::uint8_t value) {
  auto tensor = Tensor::allocate(DType::uint8, Shape{});
  REQUIRE(tensor);
  *tensor->mutable_as<std::uint8_t>() = value;
  return *tensor;
}

Tensor weight_s8(const Shape& shape, const std::vector<std::int8_t>& values) {
  auto tensor = Tensor::allocate(DType::int8, shape);
  REQUIRE(tensor);
  std::copy(values.begin(), values.end(), tensor->mutable_as<std::int8_t>());
  return *tensor;
}

/// x [1, 4] -> Q/DQ -> MatMul with int8 [4, 2] -> Q/DQ (zero point `zero`) -> y.
struct Net {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({1, 4}));
  ValueId pair(ValueId v, float scale, std::uint8_t zero) {
    const ValueId s = dsl.scalar(scale);
    const ValueId z = dsl.constant(bytes_u8(zero));
    return dsl.op("DequantizeLinear", {dsl.op("QuantizeLinear", {v, s, z}), s, z});
  }
  ValueId product(ValueId v) {
    const ValueId w = dsl.constant(weight_s8({4, 2}, {1, -2, 3, -4, 5, -6, 7, -8}));
    const ValueId s = dsl.constant(Tensor::from_float(std::vector<float>{0.5F, 0.25F}, {2}));
    return dsl.op("MatMul", {v, dsl.op("DequantizeLinear", {w, s}, {attr("axis", 1)})});
  }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};

LiftReport lift(Graph& graph) {
  auto report = lift_quantization(graph, nullptr);
  if (!report) FAIL(format_error(report.error()) << print(graph));
  return std::move(report).value();
}

}  // namespace

TEST_CASE("lifting takes Q and DQ out and keeps what they said", "[passes]") {
  Net net;
  Graph graph = net.done(net.pair(net.product(net.pair(net.x, 0.125F, 100)), 2.0F, 7));
  CHECK(is_quantized(graph));
  const LiftReport report = lift(graph);
  CHECK_FALSE(is_quantized(graph));
  CHECK(count_ops(graph, "") == 1);
  REQUIRE(report.recipe.tensors.size() == 2);
  CHECK(report.recipe.tensor("x")->quant == LinearQuant{DType::uint8, 0.125F, 100});
  REQUIRE(report.recipe.weights.size() == 1);
  CHECK(report.recipe.weights[0].scales == std::vector<float>{0.5F, 0.25F});
  CHECK(report.recipe.weights[0].axis == 1);
  CHECK(report.rectified == 0);
  // (1, 1, 1, 1) times the columns (1 + 3 + 5 + 7) / 2 and -(2 + 4 + 6 + 8) / 4.
  const auto y = evaluate(graph, {Tensor::from_float(std::vector<float>(4, 1.0F), {1, 4})});
  CHECK(y[0].as<float>()[0] == 8.0F);
  CHECK(y[0].as<float>()[1] == -5.0F);
}

TEST_CASE("a range that begins at 0 keeps its Relu", "[passes]") {
  Net net;
  Graph graph = net.done(net.pair(net.product(net.pair(net.x, 0.1F, 9)), 0.1F, 0));
  const LiftReport report = lift(graph);
  CHECK(report.rectified == 1);
  const auto y = evaluate(graph, {Tensor::from_float({{-1.0F, -2.0F, -3.0F, -4.0F}}, {1, 4})});
  CHECK(y[0].as<float>()[0] == 0.0F);

  Net positive;
  Graph kept = positive.done(positive.pair(positive.dsl.op("Relu", {positive.x}), 0.1F, 0));
  CHECK(lift(kept).rectified == 0);
  CHECK(count_ops(kept, "Relu") == 1);
}

TEST_CASE("what was quantized twice in a row keeps the first range", "[passes]") {
  Net net;
  Graph graph = net.done(net.pair(net.pair(net.x, 0.125F, 1), 0.5F, 2));
  const LiftReport report = lift(graph);
  CHECK(report.requantized == 1);
  CHECK(report.recipe.tensors.size() == 1);
  CHECK(report.recipe.tensor("x")->quant.scale == 0.125F);
}

TEST_CASE("what moves bytes moves floats, and their ranges with them", "[passes]") {
  Net net;
  const ValueId s = net.dsl.scalar(0.125F);
  const ValueId z = net.dsl.constant(bytes_u8(100));
  const ValueId q = net.dsl.op("QuantizeLinear", {net.x, s, z});
  const ValueId turned = net.dsl.op("Reshape", {q, net.dsl.ints({2, 2})});
  const ValueId moved = net.dsl.op("Transpose", {turned}, {attr("perm", {1, 0})});
  Graph graph = net.done(net.dsl.op("DequantizeLinear", {moved, s, z}));
  const LiftReport report = lift(graph);
  CHECK(count_ops(graph, "") == 2);
  CHECK(report.recipe.tensor("x")->quant == LinearQuant{DType::uint8, 0.125F, 100});
  // Not on the grid, and beyond it: only floats keep these.
  const auto y = evaluate(graph, {Tensor::from_float({{0.3F, -70.0F, 2.0F, 5.01F}}, {1, 4})});
  const std::vector<float> expected = {0.3F, 2.0F, -70.0F, 5.01F};
  CHECK(std::equal(expected.begin(), expected.end(), y[0].as<float>()));
}

TEST_CASE("rows of constant integers are rows of floats", "[passes]") {
  Dsl dsl;
  const ValueId ids = dsl.input("ids", ValueType::of(DType::int64, Shape{3}));
  const ValueId table = dsl.constant(weight_s8({4, 2}, {1, -2, 3, -4, 5, -6, 7, -8}));
  const ValueId rows = dsl.op("Gather", {table, ids});
  const ValueId s = dsl.scalar(0.5F);
  const ValueId z = dsl.constant(weight_s8({}, {1}));
  dsl.output("y", dsl.op("DequantizeLinear", {rows, s, z}));
  Graph graph = dsl.build();
  lift(graph);
  CHECK(count_ops(graph, "Gather") == 1);
  CHECK(count_ops(graph, "DequantizeLinear") == 0);
  const auto y = evaluate(graph, {Tensor::from_int64(std::vector<std::int64_t>{3, 0, 3})});
  const std::vector<float> expected = {3.0F, -4.5F, 0.0F, -1.5F, 3.0F, -4.5F};
  CHECK(std::equal(expected.begin(), expected.end(), y[0].as<float>()));
}

TEST_CASE("tensors of operators on integers are told apart", "[passes]") {
  // Two QLinearMatMul: values that are made for the first and for the second have equal names.
  Net net;
  const auto scale = [&](float value) { return net.dsl.scalar(value); };
  const ValueId zero = net.dsl.constant(bytes_u8(0));
  const ValueId weight_zero = net.dsl.constant(weight_s8({}, {0}));
  const ValueId w = net.dsl.constant(weight_s8({4, 4}, {1, -2, 3, -4, 5, -6, 7, -8,  //
                                                        8, 7, -6, -5, 4, -3, 2, 1}));
  ValueId q = net.dsl.op("QuantizeLinear", {net.x, scale(0.5F), net.dsl.constant(bytes_u8(128))});
  q = net.dsl.op("QLinearMatMul", {q, scale(0.5F), net.dsl.constant(bytes_u8(128)), w, scale(0.25F),
                                   weight_zero, scale(1.0F), zero});
  q = net.dsl.op("QLinearMatMul",
                 {q, scale(1.0F), zero, w, scale(0.25F), weight_zero, scale(2.0F), zero});
  Graph graph = net.done(net.dsl.op("DequantizeLinear", {q, scale(2.0F), zero}));
  const LiftReport report = lift(graph);
  CHECK(report.rectified == 2);
  CHECK(count_ops(graph, "Relu") == 2);
  std::set<std::string> names;
  for (const RecipeTensor& tensor : report.recipe.tensors) CHECK(names.insert(tensor.name).second);
  CHECK(names.size() == 3);
  CHECK(report.recipe.tensor("x")->quant == LinearQuant{DType::uint8, 0.5F, 128});
}

TEST_CASE("what moves bytes above 0 needs no Relu", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 4, 2, 2}));
  const ValueId s = dsl.scalar(0.1F);
  const ValueId z = dsl.constant(bytes_u8(0));
  const ValueId q = dsl.op("QuantizeLinear", {dsl.op("Relu", {x}), s, z});
  const ValueId moved = dsl.op("DepthToSpace", {q}, {attr("blocksize", 2)});
  dsl.output("y", dsl.op("DequantizeLinear", {moved, s, z}));
  Graph graph = dsl.build();
  CHECK(lift(graph).rectified == 0);
  CHECK(count_ops(graph, "DepthToSpace") == 1);
}

TEST_CASE("integers that are read with another scale have no float form", "[passes]") {
  for (const bool moves : {false, true}) {
    Net net;
    const ValueId z = net.dsl.constant(bytes_u8(0));
    ValueId q = net.dsl.op("QuantizeLinear", {net.x, net.dsl.scalar(0.1F), z});
    if (moves) q = net.dsl.op("Reshape", {q, net.dsl.ints({2, 2})});
    Graph graph = net.done(net.dsl.op("DequantizeLinear", {q, net.dsl.scalar(0.2F), z}));
    const auto report = lift_quantization(graph, nullptr);
    REQUIRE_FALSE(report);
    CHECK(report.error().id == "E-QUANT-LIFT");
  }
}

TEST_CASE("bytes with a scale a channel that are moved have no float form", "[passes]") {
  Net net;
  const ValueId s = net.dsl.constant(Tensor::from_float(std::vector<float>(4, 0.1F), {4}));
  const ValueId q = net.dsl.op("QuantizeLinear", {net.x, s}, {attr("axis", 1)});
  const ValueId turned = net.dsl.op("Transpose", {q}, {attr("perm", {1, 0})});
  Graph graph = net.done(net.dsl.op("DequantizeLinear", {turned, s}, {attr("axis", 0)}));
  const auto report = lift_quantization(graph, nullptr);
  REQUIRE_FALSE(report);
  CHECK(report.error().id == "E-QUANT-LIFT");
}

TEST_CASE("a table that is read twice is one table of floats", "[passes]") {
  Dsl dsl;
  const ValueId ids = dsl.input("ids", ValueType::of(DType::int64, Shape{3}));
  const ValueId table = dsl.constant(weight_s8({4, 2}, {1, -2, 3, -4, 5, -6, 7, -8}));
  const ValueId rows = dsl.op("Gather", {table, ids});
  const ValueId s = dsl.scalar(0.5F);
  dsl.output("a", dsl.op("DequantizeLinear", {rows, s}));
  dsl.output("b", dsl.op("Erf", {dsl.op("DequantizeLinear", {rows, s})}));
  Graph graph = dsl.build();
  lift(graph);
  std::set<ValueId> tables;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id) && graph.node(id).is("Gather")) tables.insert(graph.node(id).inputs[0]);
  }
  CHECK(tables.size() == 1);
}

TEST_CASE("what computes on bytes has no float form", "[passes]") {
  Net net;
  const ValueId s = net.dsl.scalar(0.1F);
  const ValueId z = net.dsl.constant(bytes_u8(0));
  const ValueId q = net.dsl.op("QuantizeLinear", {net.x, s, z});
  const ValueId most = net.dsl.op("Max", {q, net.dsl.constant(bytes_u8(3))});
  Graph graph = net.done(net.dsl.op("DequantizeLinear", {most, s, z}));
  const auto report = lift_quantization(graph, nullptr);
  REQUIRE_FALSE(report);
  CHECK(report.error().id == "E-QUANT-LIFT");
}

TEST_CASE("a quantized graph lifted and quantized again is the same", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, 8, 8}));
  ValueId v = x;
  for (int i = 0; i < 2; ++i) {
    v = dsl.op("Conv", {v, dsl.weight({8, 8, 3, 3}), dsl.weight({8})},
               {attr("pads", {1, 1, 1, 1})});
    v = dsl.op("Relu", {v});
  }
  dsl.output("y", dsl.op("GlobalAveragePool", {v}));
  Graph graph = dsl.build();
  name_all_nodes(graph);
  const auto target = find_quant_target("ort-cpu");
  REQUIRE(target);
  const auto placement = place_qdq(graph, *target);
  REQUIRE(placement);
  QuantRecipe recipe;
  float high = 1.0F;
  for (const PlacedTensor& tensor : placement->tensors) {
    const double low = tensor.value == x ? -1.0 : 0.0;
    recipe.tensors.push_back(
        {graph.value(tensor.value).name, asymmetric_u8({low, high += 1.0F}), "test", ""});
  }
  for (const PlacedWeight& weight : placement->weights) {
    const Tensor& w = *graph.value(graph.node(weight.node).inputs[1]).constant;
    recipe.weights.push_back({graph.node(weight.node).name,
                              weight.axis,
                              absmax_scales(w.span<float>(), ChannelBlocks(w.shape(), 0)),
                              "test",
                              {}});
  }
  REQUIRE(insert_qdq(graph, recipe, *target, nullptr));
  Graph lifted = graph;
  const LiftReport report = lift(lifted);
  CHECK(report.rectified == 0);
  REQUIRE(report.recipe.tensors.size() == recipe.tensors.size());
  for (const RecipeTensor& tensor : recipe.tensors) {
    INFO(tensor.name);
    REQUIRE(report.recipe.tensor(tensor.name) != nullptr);
    CHECK(report.recipe.tensor(tensor.name)->quant == tensor.quant);
  }
  for (const RecipeWeight& weight : recipe.weights) {
    REQUIRE(report.recipe.weight(weight.node) != nullptr);
    CHECK(report.recipe.weight(weight.node)->scales == weight.scales);
  }
  const Tensor input = random_tensor({1, 8, 8, 8}, 3);
  REQUIRE(insert_qdq(lifted, report.recipe, *target, nullptr));
  CHECK(distance(evaluate(lifted, {input})[0], evaluate(graph, {input})[0]) == 0.0);
}
