#include "api/quantize_ranges.h"

#include "api/small_float_model.h"

using namespace vernier;
using namespace vernier::test;

namespace {

constexpr int kSide = 32;
constexpr std::size_t kPixels = std::size_t{kSide} * kSide;

/// x -> Conv that changes nothing -> "mid" -> Conv that does not look at the last channel.
struct TwoConvolutions {
  FloatModel model;
  QdqPlacement placement;
  QuantTarget target = quant_target("vernier");
  std::string mid;
};
TwoConvolutions two_convolutions() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, kSide, kSide}));
  std::vector<float> same(64, 0.0F);
  for (std::size_t c = 0; c < 8; ++c) same[c * 9] = 1.0F;
  std::vector<float> blind(64);
  Random random(11);
  for (std::size_t i = 0; i < 64; ++i) blind[i] = i % 8 == 7 ? 0.0F : random.next();
  const ValueId mid = dsl.op("Conv", {x, dsl.constant(Tensor::from_float(same, {8, 8, 1, 1}))});
  dsl.output("y", dsl.op("Conv", {mid, dsl.constant(Tensor::from_float(blind, {8, 8, 1, 1}))}));
  TwoConvolutions two;
  two.model = float_model(dsl.build());
  two.mid = two.model.model.graph.value(mid).name;
  two.placement = placed(two.model, two.target);
  return two;
}

/// Values in [-1, 1), one of the last channel `outlier`.
Tensor picture(std::uint64_t seed, float outlier = 0.0F) {
  Random random(seed);
  std::vector<float> values(8 * kPixels);
  for (float& value : values) value = random.next();
  values[7 * kPixels + 5] = outlier;
  return Tensor::from_float(values, {1, 8, kSide, kSide});
}

CalibrationTable calibrated(FloatModel& model, const QdqPlacement& placement, SampleSet& samples) {
  std::vector<std::string> notes;
  auto table = calibrate(model, placement, samples, notes, {});
  if (!table) FAIL(format_error(table.error()));
  CHECK(notes.empty());
  return std::move(*table);
}

RangeRule chosen(TwoConvolutions& two, std::vector<Tensor> tensors, CalibrationTable& table) {
  TensorSamples source(std::move(tensors));
  SampleSet samples = source.all();
  table = calibrated(two.model, two.placement, samples);
  auto rule = ranges_by_output(two.model, two.placement, two.target, samples, table, {});
  if (!rule) FAIL(format_error(rule.error()));
  return std::move(*rule);
}

/// A table of tensors that reach these values, sample by sample.
CalibrationTable table_of(const std::vector<std::vector<float>>& tensors) {
  CalibrationTable table;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    TensorStats stats("t" + std::to_string(i), 0);
    for (const float most : tensors[i]) {
      const Tensor sample = Tensor::from_float(std::vector<float>{0.0F, most}, {2});
      REQUIRE(stats.add_sample(sample.view()));
    }
    table.add(std::move(stats));
  }
  return table;
}

}  // namespace

TEST_CASE("a tensor whose outlier nobody reads gets a percentile, and the recipe says why",
          "[api]") {
  TwoConvolutions two = two_convolutions();
  CalibrationTable table;
  const RangeRule rule =
      chosen(two, {picture(1), picture(2), picture(3, 1000.0F), picture(4)}, table);
  CHECK(rule.usual.kind == RangeKind::minmax);
  REQUIRE(rule.own.size() == 1);
  REQUIRE(rule.own.count(two.mid) == 1);
  CHECK(rule.own.at(two.mid).method.kind == RangeKind::percentile);
  const auto recipe = choose_recipe(two.model, two.placement, two.target, table, rule);
  REQUIRE(recipe);
  const RecipeTensor* mid = recipe->tensor(two.mid);
  REQUIRE(mid != nullptr);
  CHECK(mid->method.find("percentile") == 0);
  CHECK(mid->reason.find("less noise behind its readers than minmax") != std::string::npos);
  CHECK(mid->quant.scale < 10.0F / 255.0F);
  const RecipeTensor* x = recipe->tensor("x");
  REQUIRE(x != nullptr);
  CHECK(x->method.find("minmax") == 0);
  CHECK(x->quant.scale > 1000.0F / 255.0F);
}

TEST_CASE("an outlier that is read stays in the range", "[api]") {
  TwoConvolutions two = two_convolutions();
  // The second convolution reads the first channel with weights of about one.
  Tensor loud = picture(3);
  std::vector<float> values(loud.as<float>(), loud.as<float>() + loud.element_count());
  values[5] = 1000.0F;
  loud = Tensor::from_float(values, {1, 8, kSide, kSide});
  CalibrationTable table;
  CHECK(chosen(two, {picture(1), picture(2), loud, picture(4)}, table).own.empty());
  CHECK(chosen(two, {picture(1), picture(2)}, table).own.empty());
}

TEST_CASE("ranges get head room where few samples set them", "[api]") {
  // A quarter of the tensors reaches a third of its range on average, or less.
  CHECK(head_room(table_of({{1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}})) == 1.0);
  CHECK(head_room(table_of({{1, 1, 1, 17}, {1, 1, 1, 1}, {1, 1, 1, 1}})) == 1.2);
  CHECK(head_room(table_of(
            {{1, 1, 1, 17}, {1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}})) == 1.0);
  CHECK(head_room(table_of({{-1, -1, -1, -17}})) == 1.2);
  CHECK(head_room(table_of({{1, 1, 1, 2}})) == 1.0);
  CHECK(head_room(table_of({{9}})) == 1.0);        // one sample says nothing
  CHECK(head_room(table_of({{0, 0, 0}})) == 1.0);  // nor does a tensor of zeros
  CHECK(head_room(table_of({})) == 1.0);
}

TEST_CASE("head room widens all ranges but those of inputs", "[api]") {
  TwoConvolutions two = two_convolutions();
  TensorSamples source({picture(1), picture(2)});
  SampleSet samples = source.all();
  const CalibrationTable table = calibrated(two.model, two.placement, samples);
  RangeRule rule;
  rule.usual = {RangeKind::minmax, 0.0};
  const auto narrow = choose_recipe(two.model, two.placement, two.target, table, rule);
  rule.head_room = 1.2;
  const auto wide = choose_recipe(two.model, two.placement, two.target, table, rule);
  REQUIRE(narrow);
  REQUIRE(wide);
  CHECK(wide->tensor(two.mid)->quant.scale ==
        Approx(1.2F * narrow->tensor(two.mid)->quant.scale).epsilon(0.01));
  CHECK(wide->tensor(two.mid)->method == "minmax with head room");
  CHECK(narrow->tensor(two.mid)->method == "minmax");
  CHECK(wide->tensor("x")->quant == narrow->tensor("x")->quant);
  CHECK(wide->tensor("x")->method == "minmax");
}

TEST_CASE("the samples that set ranges are known, that of the most first", "[api]") {
  // x -> Conv that changes nothing -> Relu -> Conv: x has two ends, what Relu makes has one.
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, kSide, kSide}));
  std::vector<float> same(64, 0.0F);
  for (std::size_t c = 0; c < 8; ++c) same[c * 9] = 1.0F;
  const ValueId first = dsl.op("Conv", {x, dsl.constant(Tensor::from_float(same, {8, 8, 1, 1}))});
  dsl.output("y", dsl.op("Conv", {dsl.op("Relu", {first}), dsl.weight({8, 8, 1, 1})}));
  FloatModel model = float_model(dsl.build());
  const QdqPlacement placement = placed(model, quant_target("vernier"));
  TensorSamples source({picture(1, -7.0F), picture(2), picture(3, 5.0F), picture(4)});
  SampleSet samples = source.all();
  const CalibrationTable table = calibrated(model, placement, samples);
  CHECK(table.tensors().size() == 2);
  CHECK(samples.extreme == std::vector<std::int64_t>{2, 0});
}
