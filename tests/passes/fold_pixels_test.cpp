#include "passes/fold_pixels.h"

#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

constexpr PixelScale kScale{{0.02, 0.5, -0.25}, {-2.0, 0.5, 1.5}};
constexpr PixelScale kFactors{{0.02, 0.5, 0.25}, {}};

/// Pixels [1,size,size,3] of which no two neighbours are alike.
Tensor pixels(int size) {
  auto tensor = Tensor::allocate(DType::uint8, {1, size, size, 3});
  REQUIRE(tensor);
  auto* values = tensor->mutable_as<std::uint8_t>();
  for (int i = 0; i < size * size * 3; ++i) values[i] = static_cast<std::uint8_t>(i * 73 % 256);
  return *tensor;
}

/// What the model saw before: factor * pixel + offset.
Tensor values_of(const Tensor& pixels, const PixelScale& scale, bool channels_first) {
  const auto size = static_cast<std::size_t>(pixels.shape()[1]);
  std::vector<float> values(size * size * 3);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t c = i % 3;
    const double value = pixels.as<std::uint8_t>()[i] * scale.factor[c] + scale.offset[c];
    values[channels_first ? c * size * size + i / 3 : i] = static_cast<float>(value);
  }
  const auto side = static_cast<std::int64_t>(size);
  return Tensor::from_float(values,
                            channels_first ? Shape{1, 3, side, side} : Shape{1, side, side, 3});
}

Tensor evaluated(const Graph& graph, const Tensor& input) {
  const TensorView view = input.view();
  auto outputs = evaluate_graph(graph, {&view, 1});
  if (!outputs) FAIL(format_error(outputs.error()));
  return outputs->front();
}

/// Folds and demands the same numbers; returns the graph.
Graph folded(const Graph& before, const PixelScale& scale, bool channels_first = true) {
  Graph after = before;
  const auto notes = fold_pixels(after, 0, scale);
  if (!notes) FAIL(format_error(notes.error()));
  REQUIRE(verify(after));
  const Value& input = after.value(after.inputs[0].value);
  REQUIRE(after.inputs[0].name == "x");
  REQUIRE(to_string(input.type) == "uint8[1,5,5,3]");
  const Tensor picture = pixels(5);
  const Tensor expected = evaluated(before, values_of(picture, scale, channels_first));
  const Tensor actual = evaluated(after, picture);
  REQUIRE(actual.shape() == expected.shape());
  for (std::int64_t i = 0; i < actual.element_count(); ++i) {
    REQUIRE(actual.as<float>()[i] == Approx(expected.as<float>()[i]).epsilon(1e-5).margin(1e-4));
  }
  return after;
}

}  // namespace

TEST_CASE("fold_pixels scales with one Mul and one Add where no convolution can", "[passes]") {
  Dsl dsl;
  SECTION("channels first") {
    const ValueId x = dsl.input("x", f32({1, 3, 5, 5}));
    dsl.output("y", dsl.op("Sigmoid", {x}));
    const Graph graph = folded(dsl.build(), kScale);
    REQUIRE(count_ops(graph, "") == 5);  // Cast, Transpose, Mul, Add
  }
  SECTION("channels last") {
    const ValueId x = dsl.input("x", f32({1, 5, 5, 3}));
    dsl.output("y", dsl.op("Sigmoid", {x}));
    REQUIRE(count_ops(folded(dsl.build(), kScale, false), "Transpose") == 0);
  }
  SECTION("no offset") {
    const ValueId x = dsl.input("x", f32({1, 3, 5, 5}));
    dsl.output("y", dsl.op("Neg", {x}));
    REQUIRE(count_ops(folded(dsl.build(), kFactors), "Add") == 0);
  }
  SECTION("something else reads the input as well") {
    const ValueId x = dsl.input("x", f32({1, 3, 5, 5}));
    const ValueId conv =
        dsl.op("Conv", {x, dsl.weight({3, 3, 3, 3})}, {attr("pads", {1, 1, 1, 1})});
    dsl.output("y", dsl.op("Add", {conv, x}));
    REQUIRE(count_ops(folded(dsl.build(), kScale), "Mul") == 1);
  }
}

TEST_CASE("fold_pixels puts factors into convolutions", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 3, 5, 5}));
  SECTION("padding keeps the offset in front") {
    dsl.output("y", dsl.op("Conv", {x, dsl.weight({4, 3, 3, 3}), dsl.weight({4})},
                           {attr("pads", {1, 1, 1, 1})}));
    const Graph graph = folded(dsl.build(), kScale);
    REQUIRE(count_ops(graph, "Add") == 1);
    REQUIRE(count_ops(graph, "Mul") == 0);
  }
  SECTION("without padding the bias takes the offset") {
    dsl.output("y", dsl.op("Conv", {x, dsl.weight({4, 3, 3, 3}), dsl.weight({4})}));
    REQUIRE(count_ops(folded(dsl.build(), kScale), "") == 3);  // Cast, Transpose, Conv
  }
  SECTION("a bias is made where there was none") {
    dsl.output("y", dsl.op("Conv", {x, dsl.weight({4, 3, 3, 3})}));
    REQUIRE(only(folded(dsl.build(), kScale), "Conv").inputs.size() == 3);
  }
  SECTION("groups") {
    dsl.output("y", dsl.op("Conv", {x, dsl.weight({6, 1, 2, 2})}, {attr("group", 3)}));
    REQUIRE(count_ops(folded(dsl.build(), kScale), "") == 3);
  }
  SECTION("several convolutions") {
    const ValueId a = dsl.op("Conv", {x, dsl.weight({2, 3, 3, 3})}, {attr("pads", {1, 1, 1, 1})});
    const ValueId b = dsl.op("Conv", {x, dsl.weight({2, 3, 1, 1})});
    dsl.output("y", dsl.op("Add", {a, b}));
    REQUIRE(count_ops(folded(dsl.build(), kFactors), "Mul") == 0);
  }
  SECTION("padding by auto_pad") {
    dsl.output("y",
               dsl.op("Conv", {x, dsl.weight({4, 3, 3, 3})}, {attr("auto_pad", "SAME_UPPER")}));
    REQUIRE(count_ops(folded(dsl.build(), kScale), "Add") == 1);
  }
}

TEST_CASE("fold_pixels refuses what is no picture of three channels", "[passes]") {
  for (const ValueType& type :
       {f32({1, 1, 5, 5}), f32({1, 3, 5}), typed(DType::uint8, {1, 3, 5, 5})}) {
    Dsl dsl;
    dsl.output("y", dsl.op("Identity", {dsl.input("x", type)}));
    Graph graph = dsl.build();
    const auto notes = fold_pixels(graph, 0, kScale);
    REQUIRE_FALSE(notes);
    REQUIRE(notes.error().id == "E-CONVERT-PREPROCESS");
  }
}
