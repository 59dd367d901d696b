#include "api/quantize_model.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// x -> Conv -> Relu -> Conv -> GlobalAveragePool; weights are 0.5 times integers.
FloatModel model_of_two() {
  Dsl dsl;
  ValueId v = dsl.input("x", f32({1, 4, 8, 8}));
  for (int layer = 0; layer < 2; ++layer) {
    std::vector<float> w;
    for (int i = 0; i < 4 * 4 * 9; ++i) w.push_back(0.5F * static_cast<float>(i % 255 - 127));
    v = dsl.op("Conv", {v, dsl.constant(Tensor::from_float(w, {4, 4, 3, 3}))},
               {attr("pads", {1, 1, 1, 1})});
    if (layer == 0) v = dsl.op("Relu", {v});
  }
  dsl.output("y", dsl.op("GlobalAveragePool", {v}));
  FloatModel model;
  model.model.graph = dsl.build();
  name_all_nodes(model.model.graph);
  return model;
}

QuantRecipe retarget(const FloatModel& model, const char* name, const LinearQuant& quant,
                     float weight_scale) {
  const auto target = find_quant_target(name);
  REQUIRE(target);
  const auto placement = place_qdq(model.model.graph, *target);
  REQUIRE(placement);
  QuantRecipe file;
  for (const PlacedTensor& tensor : placement->tensors) {
    file.tensors.push_back({model.model.graph.value(tensor.value).name, quant, "file", ""});
  }
  for (const PlacedWeight& weight : placement->weights) {
    file.weights.push_back(
        {model.model.graph.node(weight.node).name, 0, {weight_scale}, "file", {}});
  }
  auto recipe = retarget_recipe(model, *placement, *target, file);
  REQUIRE(recipe);
  REQUIRE(recipe->tensors.size() >= 2);
  REQUIRE(recipe->weights.size() == 2);
  return *recipe;
}

}  // namespace

TEST_CASE("weights keep the file's scales only while those hold them", "[api]") {
  const FloatModel model = model_of_two();
  const LinearQuant quant{DType::uint8, 0.1F, 3};
  CHECK(retarget(model, "ort-cpu", quant, 0.5F).weights[0].scales == std::vector<float>(4, 0.5F));
  // What a folded normalisation leaves behind: other weights than the scales were made for.
  const RecipeWeight changed = retarget(model, "ort-cpu", quant, 0.07F).weights[0];
  CHECK(changed.method == "mse");
  CHECK(changed.scales[0] > 0.25F);
}

TEST_CASE("int8 with a zero point becomes symmetric for TensorRT", "[api]") {
  const FloatModel model = model_of_two();
  const LinearQuant skewed{DType::int8, 0.1F, -28};  // -10 to 15.5
  const QuantRecipe recipe = retarget(model, "tensorrt", skewed, 0.5F);
  for (const RecipeTensor& tensor : recipe.tensors) {
    CHECK(tensor.quant.zero_point == 0);
    CHECK(tensor.quant.scale == Approx(15.5 / 127.0));
  }
  const LinearQuant symmetric{DType::int8, 0.1F, 0};
  CHECK(retarget(model, "tensorrt", symmetric, 0.5F).tensors[0].quant == symmetric);
}

TEST_CASE("symmetric int8 behind a Relu needs no negative half as uint8", "[api]") {
  const FloatModel model = model_of_two();
  const QuantRecipe recipe = retarget(model, "ort-cpu", {DType::int8, 0.1F, 0}, 0.5F);
  const Graph& graph = model.model.graph;
  for (const RecipeTensor& tensor : recipe.tensors) {
    const bool relu = tensor.name == graph.value(only(graph, "Relu").outputs[0]).name;
    CHECK(tensor.quant.zero_point == (relu ? 0 : 128));
    CHECK(tensor.quant.scale == 0.1F);
  }
}

TEST_CASE("operands of an integer product of activations become symmetric", "[api]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, 16}));
  const ValueId q = dsl.op("MatMul", {x, dsl.weight({16, 16})});
  const ValueId k = dsl.op("MatMul", {x, dsl.weight({16, 16})});
  const ValueId turned = dsl.op("Transpose", {k}, {attr("perm", {0, 2, 1})});
  dsl.output("y", dsl.op("MatMul", {q, turned}));
  FloatModel model;
  model.model.graph = dsl.build();
  const Graph& graph = model.model.graph;
  name_all_nodes(model.model.graph);
  const auto target = find_quant_target("openvino");
  REQUIRE(target);
  const auto placement = place_qdq(graph, *target);
  REQUIRE(placement);
  QuantRecipe file;
  for (const ValueId id : {x, q, k}) {
    file.tensors.push_back({graph.value(id).name, {DType::uint8, 0.5F, 28}, "file", ""});
  }
  const auto recipe = retarget_recipe(model, *placement, *target, file);
  REQUIRE(recipe);
  REQUIRE(recipe->tensors.size() == 3);
  CHECK(recipe->tensor(graph.value(x).name)->quant == LinearQuant{DType::uint8, 0.5F, 28});
  for (const ValueId id : {q, turned}) {
    const RecipeTensor* tensor = recipe->tensor(graph.value(id).name);
    REQUIRE(tensor != nullptr);
    CHECK(tensor->quant.dtype == DType::int8);
    CHECK(tensor->quant.zero_point == 0);
    CHECK(tensor->quant.scale == Approx(113.5 / 127));  // -14 to 113.5
  }
}
