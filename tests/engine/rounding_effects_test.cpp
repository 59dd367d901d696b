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
