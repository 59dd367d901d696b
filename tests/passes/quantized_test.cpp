#include <cstring>

#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

Tensor bytes(DType dtype, const Shape& shape, std::uint64_t seed) {
  Random random(seed);
  Tensor tensor = Tensor::allocate(dtype, shape).value();
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    tensor.mutable_as<std::int8_t>()[i] = static_cast<std::int8_t>(random.next(-127.0F, 127.0F));
  }
  return tensor;
}

Tensor zero_point(DType dtype, int value) {
  Tensor tensor = Tensor::allocate(dtype, Shape{}).value();
  *tensor.mutable_as<std::uint8_t>() = static_cast<std::uint8_t>(value);
  return tensor;
}

Tensor int32s(const std::vector<std::int32_t>& values) {
  Tensor tensor =
      Tensor::allocate(DType::int32, Shape{static_cast<std::int64_t>(values.size())}).value();
  std::memcpy(tensor.mutable_as<std::int32_t>(), values.data(), tensor.byte_count());
  return tensor;
}

/// Graphs in QDQ form. The scales are powers of two, so that every real value is exact and the
/// graph before and the graph after give the same numbers, ties included.
struct Qdq {
  Dsl dsl;
  ValueId q(ValueId real, float scale, int zero, DType dtype = DType::uint8) {
    return dsl.op("QuantizeLinear",
                  {real, dsl.scalar(scale), dsl.constant(zero_point(dtype, zero))});
  }
  ValueId dq(ValueId integers, float scale, int zero, DType dtype = DType::uint8) {
    return dsl.op("DequantizeLinear",
                  {integers, dsl.scalar(scale), dsl.constant(zero_point(dtype, zero))});
  }
  /// Through integers and back.
  ValueId qdq(ValueId real, float scale, int zero, DType dtype = DType::uint8) {
    return dq(q(real, scale, zero, dtype), scale, zero, dtype);
  }
  ValueId weight(const Shape& shape, std::int64_t axis, const std::vector<float>& scales) {
    const Shape count{static_cast<std::int64_t>(scales.size())};
    return dsl.op("DequantizeLinear",
                  {dsl.constant(bytes(DType::int8, shape, 77)),
                   dsl.constant(Tensor::from_float(scales, count))},
                  {attr("axis", axis)});
  }
  ValueId x = dsl.input("x", f32({"N", 4, 6, 6}));
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};

std::vector<Tensor> data() { return {random_tensor({2, 4, 6, 6}, 3, -2.0F, 2.0F)}; }

/// The whole pipeline; equal numbers are demanded.
Graph optimized(const Graph& before, const std::vector<Tensor>& inputs = data(),
                double tolerance = 0.0) {
  Graph graph = before;
  const auto report = run_passes(graph);
  if (!report) FAIL(format_error(report.error()));
  REQUIRE(report->caps.empty());
  require_same_numbers(before, graph, inputs, tolerance);
  return graph;
}

void require_ops(const Graph& graph, const std::vector<std::string>& names) {
  INFO(print(graph));
  for (const std::string& name : names) {
    INFO(name);
    REQUIRE(count_ops(graph, name) >= 1);
  }
  std::size_t total = 0;
  for (const std::string& name : names) total += count_ops(graph, name);
  REQUIRE(count_ops(graph, "") == total);
}

const std::vector<float> kScales = {0.5F, 0.25F, 0.125F};

}  // namespace

TEST_CASE("a convolution between DQ and Q is integer", "[passes]") {
  Qdq c;
  const ValueId x = c.qdq(c.x, 0.03125F, 128);
  const ValueId w = c.weight({3, 4, 3, 3}, 0, kScales);
  ValueId bias = ValueId::none;
  std::vector<std::string> ops = {"QuantizeLinear", "QConv", "DequantizeLinear"};
  SECTION("without bias") {}
  SECTION("float bias") {
    bias = c.dsl.constant(Tensor::from_float(std::vector<float>{1.5F, -20.25F, 8.0F}, Shape{3}));
  }
  SECTION("int32 bias") {
    bias = c.dsl.op("DequantizeLinear",
                    {c.dsl.constant(int32s({100, -2000, 30})),
                     c.dsl.constant(Tensor::from_float(
                         std::vector<float>{0.015625F, 0.0078125F, 0.00390625F}, Shape{3}))},
                    {attr("axis", 0)});
  }
  std::vector<ValueId> inputs = {x, w};
  if (bias != ValueId::none) inputs.push_back(bias);
  const ValueId y = c.dsl.op("Conv", inputs, {attr("pads", {1, 1, 1, 1})});
  const Graph graph = optimized(c.done(c.qdq(c.dsl.op("Relu", {y}), 0.5F, 3)));
  require_ops(graph, ops);
  for (const Attribute& attribute : only(graph, "QConv").attributes) {
    if (attribute.name == "y_low") REQUIRE(std::get<std::int64_t>(attribute.value) == 3);
  }
}

TEST_CASE("a convolution that nothing quantizes has a float output", "[passes]") {
  Qdq c;
  const ValueId x = c.qdq(c.x, 0.03125F, 128);
  const ValueId y = c.dsl.op("Conv", {x, c.weight({3, 4, 1, 1}, 0, kScales)});
  SECTION("plain") { require_ops(optimized(c.done(y)), {"QuantizeLinear", "QConv"}); }
  SECTION("a clamp joins") {
    require_ops(optimized(c.done(c.dsl.op("Relu", {y}))), {"QuantizeLinear", "QConv"});
  }
  SECTION("another activation stays behind it") {
    require_ops(optimized(c.done(c.qdq(c.dsl.op("Sigmoid", {y}), 0.0078125F, 0))),
                {"QuantizeLinear", "QConv", "Sigmoid", "DequantizeLinear"});
  }
}

TEST_CASE("a weight without quantized activations becomes float", "[passes]") {
  Qdq c;
  const Graph graph =
      optimized(c.done(c.dsl.op("Conv", {c.x, c.weight({3, 4, 1, 1}, 0, kScales)})), data(), 2e-6);
  require_ops(graph, {"Conv"});
}

TEST_CASE("Gemm and MatMul between DQ and Q are integer", "[passes]") {
  Qdq c;
  const ValueId flat = c.dsl.op("Flatten", {c.qdq(c.x, 0.03125F, 128)});
  SECTION("Gemm") {
    const ValueId y = c.dsl.op("Gemm", {flat, c.weight({144, 3}, 1, kScales)});
    require_ops(optimized(c.done(c.qdq(y, 0.5F, 100))),
                {"QuantizeLinear", "Flatten", "QMatMul", "DequantizeLinear"});
  }
  SECTION("Gemm with a transposed weight, alpha and a bias") {
    const ValueId bias = c.dsl.constant(Tensor::from_float(std::vector<float>{1, 2, 4}, Shape{3}));
    const ValueId y = c.dsl.op("Gemm", {flat, c.weight({3, 144}, 0, kScales), bias},
                               {attr("transB", 1), attr("alpha", 0.5F), attr("beta", 2.0F)});
    require_ops(optimized(c.done(c.qdq(y, 0.5F, 100))),
                {"QuantizeLinear", "Flatten", "QMatMul", "DequantizeLinear"});
  }
  SECTION("a product of two activations") {
    const ValueId a = c.qdq(c.x, 0.03125F, 128);
    const ValueId b = c.dsl.op("Transpose", {a}, {attr("perm", {0, 1, 3, 2})});
    require_ops(optimized(c.done(c.qdq(c.dsl.op("MatMul", {a, b}), 0.5F, 100))),
                {"QuantizeLinear", "Transpose", "QMatMul", "DequantizeLinear"});
  }
  SECTION("scales along the summed axis stay float") {
    const std::vector<float> scales(144, 0.5F);
    const ValueId y = c.dsl.op("MatMul", {flat, c.weight({144, 3}, 0, scales)});
    const Graph graph = optimized(c.done(c.qdq(y, 0.5F, 100)));
    REQUIRE(count_ops(graph, "QMatMul") == 0);
    REQUIRE(count_ops(graph, "MatMul") + count_ops(graph, "FusedMatMul") == 1);
  }
}

TEST_CASE("sums, products and means between DQ and Q are integer", "[passes]") {
  Qdq c;
  const ValueId a = c.qdq(c.x, 0.03125F, 128);
  const ValueId b = c.qdq(c.x, 0.0625F, 100);
  SECTION("Add and Relu") {
    const Graph graph =
        optimized(c.done(c.qdq(c.dsl.op("Relu", {c.dsl.op("Add", {a, b})}), 0.125F, 9)));
    require_ops(graph, {"QuantizeLinear", "QAdd", "DequantizeLinear"});
  }
  SECTION("Sub") {
    require_ops(optimized(c.done(c.qdq(c.dsl.op("Sub", {a, b}), 0.125F, 90))),
                {"QuantizeLinear", "QAdd", "DequantizeLinear"});
  }
  SECTION("Mul by the mean of the picture") {
    const ValueId mean = c.qdq(c.dsl.op("GlobalAveragePool", {a}), 0.015625F, 128);
    // 1 / 36 is not exact, so neither is the mean.
    require_ops(optimized(c.done(c.qdq(c.dsl.op("Mul", {b, mean}), 0.125F, 100)), data(), 0.2),
                {"QuantizeLinear", "QAveragePool", "QMul", "DequantizeLinear"});
  }
  SECTION("ReduceMean without its axes") {
    const ValueId mean = c.dsl.op("ReduceMean", {a, c.dsl.ints({2, 3})}, {attr("keepdims", 0)});
    require_ops(optimized(c.done(c.qdq(mean, 0.015625F, 128)), data(), 0.2),
                {"QuantizeLinear", "QAveragePool", "Squeeze", "DequantizeLinear"});
  }
}

TEST_CASE("a residual joins the product in front of it", "[passes]") {
  Qdq c;
  const ValueId x = c.qdq(c.x, 0.03125F, 128);
  const std::vector<float> scales = {0.5F, 0.25F, 0.125F, 1.0F};
  const ValueId y = c.qdq(c.dsl.op("Conv", {x, c.weight({4, 4, 1, 1}, 0, scales)}), 0.5F, 100);
  SECTION("behind its own quantization") {
    const Graph graph = optimized(c.done(c.qdq(c.dsl.op("Add", {y, x}), 1.0F, 100)));
    require_ops(graph, {"QuantizeLinear", "QConv", "DequantizeLinear"});
  }
  SECTION("not when the product is read elsewhere") {
    c.dsl.output("product", y);
    const Graph graph = optimized(c.done(c.qdq(c.dsl.op("Add", {y, x}), 1.0F, 100)));
    REQUIRE(count_ops(graph, "QAdd") == 1);
  }
}

TEST_CASE("what is pointwise between DQ and Q is one table", "[passes]") {
  Qdq c;
  const ValueId x = c.qdq(c.x, 0.03125F, 128);
  SECTION("one operator") {
    require_ops(optimized(c.done(c.qdq(c.dsl.op("HardSwish", {x}), 0.03125F, 20))),
                {"QuantizeLinear", "QTable", "DequantizeLinear"});
  }
  SECTION("x * sigmoid(x), each quantized") {
    const ValueId gate = c.qdq(c.dsl.op("Sigmoid", {x}), 0.00390625F, 0);
    require_ops(optimized(c.done(c.qdq(c.dsl.op("Mul", {x, gate}), 0.03125F, 20))),
                {"QuantizeLinear", "QTable", "DequantizeLinear"});
  }
  SECTION("another scale") {
    require_ops(optimized(c.done(c.qdq(x, 0.0625F, 100, DType::int8))),
                {"QuantizeLinear", "QTable", "DequantizeLinear"});
  }
  SECTION("the same scale is nothing") {
    require_ops(optimized(c.done(c.qdq(x, 0.03125F, 128))), {"QuantizeLinear", "DequantizeLinear"});
  }
  SECTION("behind a convolution it joins it") {
    const ValueId y = c.qdq(c.dsl.op("Conv", {x, c.weight({3, 4, 1, 1}, 0, kScales)}), 0.5F, 100);
    require_ops(optimized(c.done(c.qdq(c.dsl.op("LeakyRelu", {y}), 0.5F, 50)), data(), 0.0),
                {"QuantizeLinear", "QConv", "DequantizeLinear"});
  }
  SECTION("a slope for every channel is none") {
    const ValueId slopes = c.dsl.weight({4, 1, 1});
    const Graph graph = optimized(c.done(c.qdq(c.dsl.op("PRelu", {x, slopes}), 0.03125F, 20)));
    REQUIRE(count_ops(graph, "QTable") == 0);
    REQUIRE(count_ops(graph, "PRelu") == 1);
  }
}

TEST_CASE("integers are what is moved", "[passes]") {
  Qdq c;
  const ValueId x = c.qdq(c.x, 0.03125F, 128);
  SECTION("a maximum and a concatenation of two scales") {
    const ValueId pooled = c.dsl.op("MaxPool", {x}, {attr("kernel_shape", {1, 1})});
    const ValueId other = c.qdq(c.x, 0.0625F, 100);
    const ValueId joined = c.dsl.op("Concat", {pooled, other}, {attr("axis", 1)});
    const Graph graph = optimized(c.done(c.qdq(joined, 0.0625F, 100)));
    require_ops(graph, {"QuantizeLinear", "MaxPool", "QTable", "Concat", "DequantizeLinear"});
    REQUIRE(graph.value(only(graph, "MaxPool").outputs[0]).type.dtype == DType::uint8);
    REQUIRE(graph.value(only(graph, "Concat").outputs[0]).type.dtype == DType::uint8);
  }
  SECTION("Split keeps all its outputs") {
    const auto parts = c.dsl.ops("Split", {x, c.dsl.ints({1, 3})}, 2, {attr("axis", 1)});
    c.dsl.output("first", parts[0]);
    const Graph graph = optimized(c.done(c.dsl.op("Relu", {parts[1]})));
    REQUIRE(graph.value(only(graph, "Split").outputs[0]).type.dtype == DType::uint8);
    REQUIRE(count_ops(graph, "DequantizeLinear") == 2);
  }
  SECTION("a quantization moves up to the product") {
    const ValueId y = c.dsl.op("Conv", {x, c.weight({3, 4, 1, 1}, 0, kScales)});
    const ValueId turned = c.dsl.op("Transpose", {y}, {attr("perm", {0, 2, 3, 1})});
    require_ops(optimized(c.done(c.qdq(turned, 0.5F, 100))),
                {"QuantizeLinear", "QConv", "Transpose", "DequantizeLinear"});
  }
}

TEST_CASE("QOperator form becomes the same operators", "[passes]") {
  Qdq c;
  const ValueId x = c.q(c.x, 0.03125F, 128);
  const auto zero = [&](DType dtype, int value) {
    return c.dsl.constant(zero_point(dtype, value));
  };
  const ValueId y =
      c.dsl.op("QLinearConv",
               {x, c.dsl.scalar(0.03125F), zero(DType::uint8, 128),
                c.dsl.constant(bytes(DType::int8, {3, 4, 1, 1}, 5)),
                c.dsl.constant(Tensor::from_float(kScales, Shape{3})),
                c.dsl.constant(bytes(DType::int8, {3}, 1).reshaped(Shape{3})), c.dsl.scalar(0.5F),
                zero(DType::uint8, 100), c.dsl.constant(int32s({100, -2000, 30}))});
  const Graph graph = optimized(c.done(c.dq(y, 0.5F, 100)));
  require_ops(graph, {"QuantizeLinear", "QConv", "DequantizeLinear"});
}

TEST_CASE("BatchNormalization goes into the scales of a quantized weight", "[passes]") {
  Qdq c;
  const ValueId x = c.qdq(c.x, 0.03125F, 128);
  const ValueId y = c.dsl.op("Conv", {x, c.weight({3, 4, 1, 1}, 0, kScales)});
  const auto row = [&](const std::vector<float>& values) {
    return c.dsl.constant(Tensor::from_float(values, Shape{3}));
  };
  const ValueId norm =
      c.dsl.op("BatchNormalization",
               {y, row({2, -0.5F, 1}), row({1, 2, -3}), row({0.5F, 1, -2}), row({4, 1, 0.25F})},
               {attr("epsilon", 0.0F)});
  const Graph graph = optimized(c.done(c.qdq(c.dsl.op("Relu", {norm}), 0.5F, 3)));
  require_ops(graph, {"QuantizeLinear", "QConv", "DequantizeLinear"});
}

TEST_CASE("a scale per channel in front of a depthwise convolution", "[passes]") {
  Qdq c;
  const auto row = [&](const std::vector<float>& values) {
    return c.dsl.constant(
        Tensor::from_float(values, Shape{static_cast<std::int64_t>(values.size())}));
  };
  const ValueId zeros = c.dsl.constant(bytes(DType::int8, {4}, 3));
  const ValueId none = c.dsl.constant([] {
    Tensor tensor = Tensor::allocate(DType::uint8, Shape{4}).value();
    std::memset(tensor.mutable_as<std::uint8_t>(), 0, 4);
    return tensor;
  }());
  const std::vector<float> four = {0.5F, 0.25F, 0.125F, 1.0F};
  const ValueId first = c.dsl.op(
      "Relu", {c.dsl.op("Conv", {c.qdq(c.x, 0.03125F, 128), c.weight({4, 4, 1, 1}, 0, four)})});
  const auto through = [&](ValueId zero) {
    const ValueId scales = row({0.5F, 0.25F, 1.0F, 2.0F});
    const ValueId q = c.dsl.op("QuantizeLinear", {first, scales, zero}, {attr("axis", 1)});
    const ValueId real = c.dsl.op("DequantizeLinear", {q, scales, zero}, {attr("axis", 1)});
    const ValueId y = c.dsl.op("Conv", {real, c.weight({4, 1, 3, 3}, 0, four)}, {attr("group", 4)});
    return c.qdq(y, 1.0F, 100);
  };
  SECTION("one zero point") {
    require_ops(optimized(c.done(through(none))), {"QuantizeLinear", "QConv", "DequantizeLinear"});
  }
  SECTION("several zero points stay float") {
    const Graph graph = optimized(c.done(through(zeros)));
    REQUIRE(count_ops(graph, "QuantizeLinear") == 3);
  }
}
