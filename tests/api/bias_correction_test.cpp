#include <algorithm>
#include <cmath>
#include <limits>

#include "api/quantize_act.h"
#include "api/small_float_model.h"

using namespace vernier;
using namespace vernier::test;

namespace {

constexpr std::size_t kChannels = 8;

/// y = x w, with w of eight columns; by MatMul, with a row added behind it.
FloatModel one_product(const std::vector<float>& w, bool by_matmul = false) {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8}));
  const ValueId weight = dsl.constant(Tensor::from_float(w, {8, 8}));
  const ValueId bias = dsl.constant(Tensor::from_float(std::vector<float>(kChannels, 0.0F), {8}));
  dsl.output("y", by_matmul ? dsl.op("Add", {bias, dsl.op("MatMul", {x, weight})})
                            : dsl.op("Gemm", {x, weight, bias}));
  return float_model(dsl.build());
}

std::vector<float> random_values(std::size_t count, std::uint64_t seed, float size = 1.0F) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = random.next(-size, size);
  return values;
}

/// Weights of a step so large that much is lost; activations stay floats.
QuantRecipe coarse_weights(const FloatModel& model, const QdqPlacement& placement, float step) {
  REQUIRE(placement.weights.size() == 1);
  const PlacedWeight& weight = placement.weights[0];
  QuantRecipe recipe;
  recipe.weights.push_back(
      {model.model.graph.node(weight.node).name, weight.axis, {step}, "test", {}});
  return recipe;
}

std::vector<float> corrections(FloatModel& model, std::vector<Tensor> tensors, float step) {
  const QdqPlacement placement = placed(model, quant_target("vernier"));
  QuantRecipe recipe = coarse_weights(model, placement, step);
  TensorSamples source(std::move(tensors));
  const auto done = correct_biases_full(model, placement, source.all(), recipe, {});
  if (!done) FAIL(format_error(done.error()));
  if (recipe.biases.empty()) return {};
  REQUIRE(recipe.biases.size() == 1);
  return recipe.biases[0].add;
}

}  // namespace

TEST_CASE("samples count by their size, silent ones no more than four times", "[api]") {
  using Weights = std::vector<double>;
  const auto weights = [](const Weights& rms) { return sample_weights(rms); };
  CHECK(weights({2.0, 4.0, 4.0}) == Weights{0.5, 0.25, 0.25});
  CHECK(weights({1.0, 1.0, 100.0}) == Weights{1.0, 1.0, 0.01});
  CHECK(weights({1.0, 1.0, 1e-9}) == Weights{1.0, 1.0, 4.0});
  CHECK(weights({1.0, 0.0, 1.0}) == Weights{1.0, 4.0, 1.0});
  CHECK(weights({0.0, 0.0, 3.0}) == Weights{1.0, 1.0, 1.0});
  CHECK(weights({}) == Weights{});
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  CHECK(weights({kNan, 2.0, kInfinite}) == Weights{0.0, 0.5, 0.0});
  CHECK(weights({kNan}) == Weights{0.0});
}

TEST_CASE("biases are corrected by the weighted mean of what samples lack", "[api]") {
  constexpr float kStep = 0.25F;
  const std::vector<float> w = random_values(kChannels * kChannels, 5);
  // Three ordinary samples, a loud one, a nearly silent one and one of zeros.
  const std::vector<float> sizes = {1.0F, 1.0F, 1.0F, 100.0F, 1e-6F, 0.0F};
  std::vector<std::vector<float>> inputs;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    inputs.push_back(random_values(kChannels, 20 + i, sizes[i]));
  }
  std::vector<double> rms;
  std::vector<std::vector<double>> lacking;
  for (const std::vector<float>& x : inputs) {
    double square = 0.0;
    std::vector<double> lacks(kChannels, 0.0);
    for (std::size_t c = 0; c < kChannels; ++c) {
      double y = 0.0;
      for (std::size_t k = 0; k < kChannels; ++k) {
        const double real = w[k * kChannels + c];
        const double kept = static_cast<double>(std::nearbyint(real / kStep)) * kStep;
        y += x[k] * real;
        lacks[c] += x[k] * (real - kept);
      }
      square += y * y;
    }
    rms.push_back(std::sqrt(square / kChannels));
    lacking.push_back(lacks);
  }
  std::vector<double> sorted = rms;
  std::sort(sorted.begin(), sorted.end());
  const double least = sorted[3] / 4.0;
  std::vector<double> expected(kChannels, 0.0);
  double all = 0.0;
  for (std::size_t i = 0; i < rms.size(); ++i) {
    const double weight = 1.0 / std::max(rms[i], least);
    for (std::size_t c = 0; c < kChannels; ++c) expected[c] += weight * lacking[i][c];
    all += weight;
  }
  for (const bool by_matmul : {false, true}) {
    FloatModel model = one_product(w, by_matmul);
    std::vector<Tensor> tensors;
    for (const std::vector<float>& x : inputs) tensors.push_back(Tensor::from_float(x, {1, 8}));
    const std::vector<float> add = corrections(model, std::move(tensors), kStep);
    REQUIRE(add.size() == kChannels);
    for (std::size_t c = 0; c < kChannels; ++c) {
      CHECK(add[c] == Approx(expected[c] / all).epsilon(1e-4).margin(1e-6));
    }
  }
}

TEST_CASE("samples of which a node sees nothing do not count", "[api]") {
  // The positions of what is not 0, [K, 2], times a matrix.
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({4, 8}));
  const ValueId places = dsl.op("Cast", {dsl.op("NonZero", {x})}, {attr("to", 1)});
  const ValueId rows = dsl.op("Transpose", {places}, {attr("perm", {1, 0})});
  const ValueId bias = dsl.constant(Tensor::from_float(std::vector<float>(32, 0.0F), {32}));
  const std::vector<float> w = random_values(2 * 32, 9);
  dsl.output("y", dsl.op("Gemm", {rows, dsl.constant(Tensor::from_float(w, {2, 32})), bias}));
  FloatModel model = float_model(dsl.build());
  const Tensor full = random_tensor({4, 8}, 3, 1.0F, 2.0F);
  const Tensor empty = Tensor::from_float(std::vector<float>(32, 0.0F), {4, 8});
  const std::vector<float> alone = corrections(model, {full}, 0.25F);
  REQUIRE(alone.size() == 32);
  CHECK(std::abs(alone[0]) + std::abs(alone[1]) > 1e-3F);
  CHECK(corrections(model, {full, empty, empty}, 0.25F) == alone);
  CHECK(corrections(model, {empty, full}, 0.25F) == alone);
  CHECK(corrections(model, {empty}, 0.25F).empty());
}

TEST_CASE("fast correction leaves a MatMul alone whose means are of another axis", "[api]") {
  // [1, 8, 8, 8]: statistics are by axis 1, the product goes along the last one.
  for (const bool four : {false, true}) {
    Dsl dsl;
    const Shape shape = four ? Shape{1, 8, 8, 8} : Shape{1, 8, 8};
    const ValueId x = dsl.input("x", ValueType::of(DType::float32, shape));
    const ValueId w = dsl.constant(Tensor::from_float(random_values(64, 5), {8, 8}));
    dsl.output("y", dsl.op("Add", {dsl.op("MatMul", {x, w}), dsl.weight({8})}));
    FloatModel model = float_model(dsl.build());
    const QdqPlacement placement = placed(model, quant_target("vernier"));
    TensorSamples source({random_tensor(shape, 3, 0.0F, 1.0F)});
    SampleSet samples = source.all();
    std::vector<std::string> notes;
    const auto table = calibrate(model, placement, samples, notes, {});
    REQUIRE(table);
    QuantRecipe recipe = coarse_weights(model, placement, 0.25F);
    REQUIRE(correct_biases_fast(model, placement, *table, recipe));
    CHECK(recipe.biases.size() == (four ? 0 : 1));
  }
}
