#include "passes/weight_only.h"

#include <cstring>

#include "passes/qdq_placement.h"
#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

Tensor codes(DType dtype, const Shape& shape, std::uint64_t seed) {
  const bool byte = dtype == DType::int8 || dtype == DType::uint8;
  const bool positive = dtype == DType::uint8 || dtype == DType::uint4;
  const float half = byte ? 128.0F : 8.0F;
  Random random(seed);
  Tensor tensor = Tensor::allocate(dtype, shape).value();
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    const float value = random.next(-half, half) + (positive ? half : 0.0F);
    tensor.mutable_as<std::int8_t>()[i] = static_cast<std::int8_t>(static_cast<int>(value));
  }
  return tensor;
}

Graph optimized(const Graph& before, const std::vector<Tensor>& inputs) {
  Graph graph = before;
  const auto report = run_passes(graph);
  if (!report) FAIL(format_error(report.error()));
  REQUIRE(report->caps.empty());
  require_same_numbers(before, graph, inputs, 2e-5);
  return graph;
}

/// x [N, 40] times a weight behind DequantizeLinear.
struct Behind {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({"N", 40}));
  std::vector<Tensor> data = {random_tensor({3, 40}, 5)};
  ValueId weight(DType dtype, const Shape& shape, const Shape& scales,
                 std::vector<Attribute> attributes, bool zeros = false) {
    std::vector<ValueId> inputs = {dsl.constant(codes(dtype, shape, 1)),
                                   dsl.constant(random_tensor(scales, 2, 0.01F, 0.02F))};
    if (zeros) inputs.push_back(dsl.constant(codes(dtype, scales, 3)));
    return dsl.op("DequantizeLinear", inputs, std::move(attributes));
  }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};

/// A float model with every kind of weight.
struct FloatNet {
  Graph graph;
  std::vector<Tensor> data;
};
FloatNet float_net() {
  Dsl dsl;
  const ValueId ids = dsl.input("ids", typed(DType::int64, {"N"}));
  const ValueId image = dsl.input("image", f32({1, 16, 6, 6}));
  const ValueId table = dsl.weight({50, 40});
  const ValueId shared = dsl.weight({40, 40});
  const ValueId rows = dsl.op("Gather", {table, ids});
  const ValueId a = dsl.op("MatMul", {rows, shared});
  const ValueId b = dsl.op("MatMul", {dsl.op("Tanh", {a}), shared});
  const ValueId c =
      dsl.op("Gemm", {b, dsl.weight({30, 40}), dsl.weight({30})}, {attr("transB", 1)});
  dsl.output("y", dsl.op("MatMul", {c, dsl.weight({30, 8})}));
  dsl.output("z", dsl.op("MatMul", {dsl.op("Tanh", {b}), dsl.op("Transpose", {a})}));
  const ValueId conv = dsl.op("Conv", {image, dsl.weight({20, 16, 3, 3})});
  dsl.output("w", dsl.op("ConvTranspose", {conv, dsl.weight({20, 10, 3, 3})}));
  FloatNet net{dsl.build(), {}};
  name_all_nodes(net.graph);
  net.data = {Tensor::from_int64(std::vector<std::int64_t>{3, 49, 0, 7}),
              random_tensor({1, 16, 6, 6}, 9)};
  return net;
}

double worst_sqnr(const Graph& before, const Graph& after, const std::vector<Tensor>& inputs) {
  const auto want = evaluate(before, inputs);
  const auto got = evaluate(after, inputs);
  double worst = 200.0;
  for (std::size_t k = 0; k < want.size(); ++k) {
    double signal = 0.0;
    double noise = 1e-30;
    for (std::int64_t i = 0; i < want[k].element_count(); ++i) {
      const double w = static_cast<double>(want[k].as<float>()[i]);
      const double d = w - static_cast<double>(got[k].as<float>()[i]);
      signal += w * w;
      noise += d * d;
    }
    worst = std::min(worst, 10.0 * std::log10(signal / noise));
  }
  return worst;
}

WeightOnlyReport quantize(Graph& graph, const WeightOnlyOptions& options) {
  auto report = quantize_weights(graph, options);
  if (!report) FAIL(format_error(report.error()));
  return std::move(report).value();
}

std::string reason(const WeightOnlyReport& report, const std::string& op) {
  for (const RecipeFloat& node : report.floats) {
    if (node.op == op) return node.reason;
  }
  return {};
}

}  // namespace

TEST_CASE("a product reads integer weights", "[passes]") {
  const DType dtype = GENERATE(DType::int4, DType::uint4, DType::int8, DType::uint8);
  Behind c;
  SECTION("blocks") {
    const ValueId w = c.weight(dtype, {40, 24}, {3, 24}, {attr("axis", 0), attr("block_size", 16)},
                               dtype == DType::uint4);
    const Graph graph = optimized(c.done(c.dsl.op("MatMul", {c.x, w})), c.data);
    CHECK(only(graph, "DequantMatMul").inputs.size() == (dtype == DType::uint4 ? 4U : 3U));
    CHECK(count_ops(graph, "") == 1);
  }
  SECTION("a scale a column, with bias and activation behind it") {
    const ValueId w = c.weight(dtype, {40, 24}, {24}, {attr("axis", 1)}, true);
    const ValueId sum = c.dsl.op("Add", {c.dsl.op("MatMul", {c.x, w}), c.dsl.weight({24})});
    const Graph graph = optimized(c.done(c.dsl.op("Relu", {sum})), c.data);
    CHECK(only(graph, "DequantMatMul").inputs.size() == 5);
    CHECK(count_ops(graph, "") == 1);
  }
  SECTION("Gemm with a transposed weight") {
    const ValueId w = c.weight(dtype, {24, 40}, {24, 3}, {attr("axis", 1), attr("block_size", 16)});
    const Graph graph = optimized(
        c.done(c.dsl.op("Gemm", {c.x, w, c.dsl.weight({1, 24})}, {attr("transB", 1)})), c.data);
    CHECK(count_ops(graph, "DequantMatMul") == 1);
    CHECK(count_ops(graph, "") == 1);
  }
}

TEST_CASE("what has no integer product becomes float", "[passes]") {
  Behind c;
  std::string why;
  ValueId y = ValueId::none;
  SECTION("scales along the rows") {
    y = c.dsl.op("MatMul", {c.x, c.weight(DType::int8, {40, 24}, {40}, {attr("axis", 0)})});
    why = "the scales do not run along the weight's columns";
  }
  SECTION("alpha") {
    y = c.dsl.op("Gemm", {c.x, c.weight(DType::int8, {40, 24}, {24}, {attr("axis", 1)})},
                 {attr("alpha", 0.5F)});
    why = "alpha, beta or transA of Gemm";
  }
  SECTION("odd blocks") {
    y = c.dsl.op("MatMul", {c.x, c.weight(DType::int8, {40, 24}, {4, 24},
                                          {attr("axis", 0), attr("block_size", 10)})});
    why = "the blocks are no multiple of 8";
  }
  const Graph before = c.done(y);
  const PassRun run = run_idle(before, fuse_weight_matmul_pass(), c.data);
  CHECK(run.blocked(why) == 1);
  const Graph graph = optimized(before, c.data);
  CHECK(count_ops(graph, "DequantMatMul") == 0);
  CHECK(count_ops(graph, "DequantizeLinear") == 0);
}

TEST_CASE("int8 weights: blocks, channels, rows of a table", "[passes]") {
  FloatNet net = float_net();
  Graph graph = net.graph;
  WeightOnlyOptions options;
  options.format = {8, 32, BlockGrid::positive_scale};
  SECTION("blocks") {}
  SECTION("a scale a channel") { options.format.block = 0; }
  SECTION("in parts") {
    options.split = [](std::int64_t count, const WeightOnlyOptions::Work& work) {
      work(count / 2, count, 1);
      work(0, count / 2, 0);
    };
    options.threads = 2;
  }
  const WeightOnlyReport report = quantize(graph, options);
  INFO(print(graph));
  // The small MatMul and the one of two activations stay.
  CHECK(report.candidates == 8);
  CHECK(report.quantized == 6);
  CHECK(reason(report, "MatMul") == "its weight is small");
  REQUIRE(report.floats.size() == 2);
  CHECK(report.floats[1].reason == "both operands are activations");
  // The shared weight once.
  CHECK(report.weights.size() == 5);
  CHECK(count_ops(graph, "DequantizeLinear") == 4);
  CHECK(worst_sqnr(net.graph, graph, net.data) > 30.0);
  for (const PackedWeightReport& weight : report.weights) {
    CHECK(weight.sqnr_db > 40.0);
    CHECK(weight.bytes_after * 3 < weight.bytes_before);
    if (weight.nodes.size() > 1) CHECK(weight.nodes.size() == 2);
  }
  // vernier runs matrices from integers, convolutions from floats.
  const Graph fast = optimized(graph, net.data);
  CHECK(count_ops(fast, "DequantMatMul") == 3);
  CHECK(count_ops(fast, "DequantizeLinear") == 0);
}

TEST_CASE("int4 weights in both forms give the same numbers", "[passes]") {
  const FloatNet net = float_net();
  WeightOnlyOptions options;
  options.format = {4, 16, GENERATE(BlockGrid::signed_scale, BlockGrid::zero_points)};
  Graph qdq = net.graph;
  const WeightOnlyReport report = quantize(qdq, options);
  CHECK(report.quantized == 6);
  // Convolutions have int8, for which a channel's scale is enough.
  CHECK(std::count_if(report.weights.begin(), report.weights.end(), [](const auto& weight) {
          return weight.dtype == "int8" && weight.block == 0 && weight.sqnr_db > 40.0;
        }) == 3);
  CHECK(count_ops(qdq, "DequantizeLinear") == 4);
  CHECK(worst_sqnr(net.graph, qdq, net.data) > 12.0);
  options.form = WeightForm::matmulnbits;
  Graph nbits = net.graph;
  CHECK(quantize(nbits, options).quantized == 6);
  CHECK(count_ops(nbits, "MatMulNBits") == 3);
  CHECK(count_ops(nbits, "DequantizeLinear") == 2);
  require_same_numbers(qdq, nbits, net.data, 2e-5);
  require_same_numbers(nbits, optimized(nbits, net.data), net.data, 2e-5);
}

TEST_CASE("a table that is a product's weight too", "[passes]") {
  const bool table_first = GENERATE(true, false);
  const std::int64_t block = GENERATE(std::int64_t{0}, std::int64_t{32});
  Dsl dsl;
  const ValueId ids = dsl.input("ids", typed(DType::int64, {"N"}));
  const ValueId x = dsl.input("x", f32({"M", 40}));
  const ValueId table = dsl.weight({50, 40});
  const auto look_up = [&] { dsl.output("rows", dsl.op("Gather", {table, ids})); };
  const auto multiply = [&] { dsl.output("y", dsl.op("Gemm", {x, table}, {attr("transB", 1)})); };
  if (table_first) {
    look_up();
    multiply();
  } else {
    multiply();
    look_up();
  }
  Graph before = dsl.build();
  name_all_nodes(before);
  Graph graph = before;
  WeightOnlyOptions options;
  options.format = {8, block, BlockGrid::positive_scale};
  const WeightOnlyReport report = quantize(graph, options);
  INFO(print(graph));
  CHECK(report.quantized == 2);
  CHECK(report.weights.size() == 2);
  const std::vector<Tensor> inputs = {Tensor::from_int64(std::vector<std::int64_t>{3, 49, 0, 7}),
                                      random_tensor({2, 40}, 9)};
  CHECK(worst_sqnr(before, graph, inputs) > 40.0);
}

TEST_CASE("what weight-only quantization has made is not quantized again", "[passes]") {
  FloatNet net = float_net();
  WeightOnlyOptions options;
  options.format = {8, 16, BlockGrid::positive_scale};
  options.form = GENERATE(WeightForm::qdq, WeightForm::matmulnbits);
  const WeightOnlyReport first = quantize(net.graph, options);
  name_all_nodes(net.graph);
  Graph again = net.graph;
  const WeightOnlyReport second = quantize(again, options);
  CHECK(second.quantized == 0);
  CHECK(second.candidates == first.candidates);
  CHECK(std::count_if(second.floats.begin(), second.floats.end(), [](const RecipeFloat& node) {
          return node.reason == "its weight is integers already";
        }) == static_cast<std::ptrdiff_t>(first.quantized));
}

TEST_CASE("weights without a normal scale stay float", "[passes]") {
  const float magnitude = GENERATE(1e38F, 5e20F, 1e-38F, 1e-40F, 1e19F, 1e-29F);
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({"N", 40}));
  Tensor weight = random_tensor({40, 40}, 3, -magnitude, magnitude);
  dsl.output("y", dsl.op("MatMul", {x, dsl.constant(std::move(weight))}));
  Graph graph = dsl.build();
  name_all_nodes(graph);
  WeightOnlyOptions options;
  options.format = {8, GENERATE(std::int64_t{0}, std::int64_t{16}), BlockGrid::positive_scale};
  const WeightOnlyReport report = quantize(graph, options);
  INFO(magnitude);
  const bool fits = magnitude == 1e19F || magnitude == 1e-29F;
  CHECK(report.quantized == (fits ? 1U : 0U));
  CHECK((reason(report, "MatMul").find(magnitude > 1.0F ? "above 1e20" : "above 1e-30") !=
         std::string::npos) != fits);
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const Value& value = graph.value(static_cast<ValueId>(i));
    if (!value.constant || value.name.find("_scale") == std::string::npos) continue;
    for (const float scale : value.constant->span<float>()) CHECK(std::isnormal(scale));
  }
}

TEST_CASE("what weight-only quantization leaves alone", "[passes]") {
  FloatNet net = float_net();
  WeightOnlyOptions options;
  SECTION("excluded nodes") {
    const Node& gemm = only(net.graph, "Gemm");
    options.exclude = {gemm.name};
    CHECK(reason(quantize(net.graph, options), "Gemm") == "excluded");
  }
  SECTION("an excluded node that is not there") {
    options.exclude = {"nobody"};
    CHECK(quantize_weights(net.graph, options).error().id == "E-QUANT-EXCLUDE");
  }
  SECTION("rows that are no whole blocks, where the target needs them") {
    options.whole_blocks = true;
    CHECK(reason(quantize(net.graph, options), "Gemm") == "the target needs whole blocks");
  }
  SECTION("fewer rows than a block") {
    options.format.block = 64;
    CHECK(reason(quantize(net.graph, options), "Gemm") == "its weight has fewer rows than a block");
  }
}
