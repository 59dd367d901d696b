#include <algorithm>

#include "passes/passes.h"
#include "passes/pipeline.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

template <class T>
Tensor bytes(DType dtype, const Shape& shape, const std::vector<T>& values) {
  auto tensor = Tensor::allocate(dtype, shape);
  REQUIRE(tensor);
  std::copy(values.begin(), values.end(), tensor->mutable_as<T>());
  return *tensor;
}

/// What quantize_dynamic makes of a product: integers of x, the product, and the scale of x.
struct Dynamic {
  Dsl dsl;
  std::vector<ValueId> quantized;  // integers, scale, zero point

  explicit Dynamic(const Shape& shape) {
    const ValueId x = dsl.input("x", ValueType::of(DType::float32, shape));
    quantized = dsl.ops("DynamicQuantizeLinear", {x}, 3);
  }
  Graph done(ValueId sums, ValueId bias = ValueId::none) {
    if (bias != ValueId::none) sums = dsl.op("Add", {sums, bias});
    const ValueId real = dsl.op("Cast", {sums}, {attr("to", 1)});
    dsl.output("y", dsl.op("Mul", {real, quantized[1]}));
    return dsl.build();
  }
};

std::size_t made_float(Graph& graph) {
  const Pass* const passes[] = {&float_integer_products_pass()};
  REQUIRE(run_passes(graph, passes, {}));
  return count_ops(graph, "MatMul") + count_ops(graph, "Conv");
}

const std::vector<std::int8_t> kWeight = {1, -2, 3, -4, 5, -6, 70, -128, 9, 10, 11, -12};

}  // namespace

TEST_CASE("products of integers that become floats are products of floats", "[passes]") {
  for (const int zeros : {0, 1, 3}) {
    INFO(zeros);
    Dynamic net({2, 4});
    std::vector<ValueId> inputs = {
        net.quantized[0], net.dsl.constant(bytes(DType::int8, {4, 3}, kWeight)), net.quantized[2]};
    if (zeros == 1) inputs.push_back(net.dsl.constant(bytes<std::int8_t>(DType::int8, {}, {3})));
    if (zeros == 3) {
      inputs.push_back(net.dsl.constant(bytes<std::int8_t>(DType::int8, {3}, {3, 0, -9})));
    }
    const Graph before = net.done(net.dsl.op("MatMulInteger", inputs));
    Graph after = before;
    CHECK(made_float(after) == 1);
    CHECK(count_ops(after, "MatMulInteger") == 0);
    require_same_numbers(before, after, {random_tensor({2, 4}, 4)}, 1e-6);
  }
}

TEST_CASE("the weight of a product of integers stays integers", "[passes]") {
  Dynamic net({2, 64});
  std::vector<std::int8_t> weight(64 * 32);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<std::int8_t>(i * 7);
  const ValueId w = net.dsl.constant(bytes(DType::int8, {64, 32}, weight));
  Graph graph = net.done(net.dsl.op("MatMulInteger", {net.quantized[0], w, net.quantized[2]}));
  const Graph before = graph;
  REQUIRE(run_passes(graph));
  CHECK(count_ops(graph, "DequantMatMul") == 1);
  require_same_numbers(before, graph, {random_tensor({2, 64}, 4)}, 1e-5);
}

TEST_CASE("a convolution of integers takes its bias along", "[passes]") {
  Dynamic net({1, 2, 5, 5});
  const ValueId w = net.dsl.constant(bytes(DType::int8, {3, 2, 1, 2}, kWeight));
  const ValueId zero = net.dsl.constant(bytes<std::int8_t>(DType::int8, {}, {-5}));
  const ValueId sums = net.dsl.op("ConvInteger", {net.quantized[0], w, net.quantized[2], zero},
                                  {attr("pads", {0, 1, 0, 1}), attr("strides", {1, 2})});
  const ValueId bias =
      net.dsl.constant(bytes<std::int32_t>(DType::int32, {1, 3, 1, 1}, {100, -7, 3000}));
  const Graph before = net.done(sums, bias);
  Graph after = before;
  CHECK(made_float(after) == 1);
  CHECK(count_ops(after, "ConvInteger") == 0);
  require_same_numbers(before, after, {random_tensor({1, 2, 5, 5}, 4)}, 1e-6);
}

TEST_CASE("products whose integers are wanted stay", "[passes]") {
  Dynamic net({2, 4});
  const ValueId w = net.dsl.constant(bytes(DType::int8, {4, 3}, kWeight));
  const ValueId sums = net.dsl.op("MatMulInteger", {net.quantized[0], w, net.quantized[2]});
  net.dsl.output("sums", sums);
  Graph graph = net.done(sums);
  CHECK(made_float(graph) == 0);
  // One zero point a row of x.
  Dsl dsl;
  const ValueId x = dsl.input("x", ValueType::of(DType::uint8, Shape{2, 4}));
  const ValueId rows = dsl.constant(bytes<std::uint8_t>(DType::uint8, {2}, {1, 2}));
  const ValueId by_row = dsl.constant(bytes(DType::int8, {4, 3}, kWeight));
  dsl.output("y", dsl.op("Cast", {dsl.op("MatMulInteger", {x, by_row, rows})}, {attr("to", 1)}));
  Graph other = dsl.build();
  CHECK(made_float(other) == 0);
}
