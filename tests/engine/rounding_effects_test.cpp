#include "engine/rounding_effects.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "backend/reference/reference_backend.h"
#include "graph/builder.h"
#include "graph/infer.h"
#include "ops/registry.h"

using namespace vernier;

TEST_CASE("effects of rounding are those of one constant each", "[precision]") {
  GraphBuilder builder("products", 17);
  const auto type = ValueType::of(DType::float32, {Dim::known(2)});
  const ValueId x = builder.input("x", type);
  const float exact[] = {1.5F, 1.5F};
  const float rounded[] = {1.0003F, 1.0003F};  // float16: 1.0
  const ValueId a = builder.constant("a", Tensor::from_float(exact, Shape{2}));
  const ValueId b = builder.constant("b", Tensor::from_float(rounded, Shape{2}));
  const ValueId y = builder.add(find_op("", "Mul"), {x, a}, {}, "first");
  builder.output("y", builder.add(find_op("", "Mul"), {y, b}, {}, "second"));
  auto graph = std::move(builder).build();
  REQUIRE(graph);
  REQUIRE(infer_types(*graph));
  Model model;
  model.graph = *std::move(graph);
  const float values[] = {3.0F, -4.0F};
  const std::vector<std::vector<NamedTensor>> inputs = {
      {{"x", Tensor::from_float(values, Shape{2})}}};
  const Backend* const backends[] = {&reference_backend()};
  TrialOptions options;
  options.backends = backends;
  const PlacedValue constants[] = {{0, a}, {0, b}};
  const auto effects = rounding_effects(model, constants, DType::float16, inputs, options);
  REQUIRE(effects);
  REQUIRE(effects->size() == 2);
  CHECK((*effects)[0] == 0.0);
  CHECK((*effects)[1] == Approx(3e-4 / 1.0003).epsilon(1e-3));
}

TEST_CASE("effects of rounding values are those of the flagged ones", "[precision]") {
  GraphBuilder builder("sum", 17);
  const auto type = ValueType::of(DType::float32, {Dim::known(1)});
  const ValueId x = builder.input("x", type);
  const ValueId large = builder.constant("large", Tensor::from_float({{256.0F}}, Shape{1}));
  const ValueId up = builder.add(find_op("", "Add"), {x, large}, {}, "up");
  builder.output("y", builder.add(find_op("", "Sub"), {up, large}, {}, "down"));
  auto graph = std::move(builder).build();
  REQUIRE(graph);
  REQUIRE(infer_types(*graph));
  Model model;
  model.graph = *std::move(graph);
  // 1.001953125 in bfloat16: 1; 257.001953125 in bfloat16 (steps of 2, ties to even): 256.
  const float value[] = {1.001953125F};
  const std::vector<std::vector<NamedTensor>> inputs = {
      {{"x", Tensor::from_float(value, Shape{1})}}};
  const Backend* const backends[] = {&reference_backend()};
  TrialOptions options;
  options.backends = backends;
  auto rounding = ValueRounding::load(model, DType::bfloat16, inputs, options);
  REQUIRE(rounding);
  REQUIRE(rounding->values().size() == 3);
  const auto effect = [&](bool in, bool middle, bool out) {
    const auto made = rounding->effect({in, middle, out});
    REQUIRE(made);
    return *made;
  };
  CHECK(effect(false, false, false) == 0.0);
  CHECK(effect(true, false, false) == Approx(0.001953125 / 1.001953125));
  CHECK(effect(false, true, false) == Approx(0.998046875 / 1.001953125));
  CHECK(effect(false, false, true) == Approx(0.001953125 / 1.001953125));
  CHECK(effect(true, true, true) == Approx(1.0));
}
