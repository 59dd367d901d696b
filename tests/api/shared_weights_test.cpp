#include <set>
#include <string>

#include "api/quantize_gram.h"
#include "api/small_float_model.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// Products with one weight of what reads x through rows of factors, one for each.
FloatModel products(const std::vector<std::vector<float>>& rows) {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({64, 8}));
  const ValueId w = dsl.constant(random_tensor({8, 8}, 5));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ValueId row = dsl.constant(Tensor::from_float(rows[i], {8}));
    const ValueId read = dsl.op("Erf", {dsl.op("Mul", {x, row})});
    dsl.output("y" + std::to_string(i), dsl.op("Gemm", {read, w, dsl.weight({8})}));
  }
  return float_model(dsl.build());
}

std::vector<RecipeWeight> rounded(FloatModel& model) {
  const QdqPlacement placement = placed(model, quant_target("ort-cpu"));
  QuantRecipe recipe;
  for (const PlacedWeight& weight : placement.weights) {
    recipe.weights.push_back({model.model.graph.node(weight.node).name,
                              weight.axis,
                              std::vector<float>(8, 0.25F),
                              "test",
                              {}});
  }
  TensorSamples source({random_tensor({64, 8}, 3), random_tensor({64, 8}, 4)});
  REQUIRE(round_weights(model, placement, source.all(), recipe, true, {}));
  return recipe.weights;
}

}  // namespace

TEST_CASE("nodes with one weight are rounded by what they all read", "[api]") {
  const std::vector<float> front = {4, 4, 4, 4, 0.01F, 0.01F, 0.01F, 0.01F};
  const std::vector<float> behind = {0.01F, 0.01F, 0.01F, 0.01F, 4, 4, 4, 4};
  FloatModel both = products({front, behind});
  const std::vector<RecipeWeight> together = rounded(both);
  REQUIRE(together.size() == 2);
  CHECK(together[0].method == "gram");
  CHECK(together[0].scales == together[1].scales);
  CHECK(together[0].other == together[1].other);
  // Neither alone says how the other's inputs should be rounded.
  for (const std::vector<float>& row : {front, behind}) {
    FloatModel one = products({row});
    CHECK(rounded(one)[0].other != together[0].other);
  }
  QuantRecipe recipe;
  recipe.weights = together;
  const auto kept = with_kept_weights(both, recipe);
  REQUIRE(kept);
  std::set<ValueId> weights;
  for (std::size_t i = 0; i < kept->graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (kept->graph.alive(id) && kept->graph.node(id).is("Gemm")) {
      weights.insert(kept->graph.node(id).inputs[1]);
    }
  }
  CHECK(weights.size() == 1);
}
