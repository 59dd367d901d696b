#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "quant/calibration_table.h"
#include "quant/histogram.h"
#include "quant/tensor_stats.h"
#include "support/temp_dir.h"

using namespace vernier;

TEST_CASE("histogram counts signs apart and zeros by themselves", "[quant]") {
  Histogram h;
  h.add(std::vector<float>{0.0F, 0.0F, 0.25F, 0.999F, 1.0F, -0.5F});
  CHECK(h.zeros() == 2);
  CHECK(h.count() == 6);
  CHECK(h.positive().limit == 1.0);
  CHECK(h.negative().limit == 0.5);
  CHECK(h.positive().bins[512] == 1);  // 0.25 of 2048
  CHECK(h.positive().bins[2045] == 1);
  CHECK(h.positive().bins[2047] == 1);  // the limit belongs to the last bin
  CHECK(h.negative().bins[2047] == 1);
}

TEST_CASE("histogram doubles its range and merges pairs of bins", "[quant]") {
  Histogram h;
  h.add(std::vector<float>{0.25F, 0.75F, 1.0F});
  h.add(std::vector<float>{3.0F});
  CHECK(h.positive().limit == 4.0);
  CHECK(h.positive().bins[128] == 1);   // 0.25 / 4 * 2048
  CHECK(h.positive().bins[384] == 1);   // 0.75
  CHECK(h.positive().bins[511] == 1);   // 1.0 was in the last bin of 0..1
  CHECK(h.positive().bins[1536] == 1);  // 3
  CHECK(h.count() == 4);
}

namespace {

TensorView view_of(const std::vector<float>& values, Shape shape, Strides strides) {
  return {reinterpret_cast<const std::byte*>(values.data()), DType::float32, shape, strides};
}

}  // namespace

TEST_CASE("statistics are the same in both memory orders", "[quant]") {
  // [1, 2 channels, 2, 3]
  const std::vector<float> planes = {1, 2, 3, 4, 5, 6, -1, -2, -3, 0, 0, 9};
  const std::vector<float> pixels = {1, -1, 2, -2, 3, -3, 4, 0, 5, 0, 6, 9};
  TensorStats a("a", 1);
  TensorStats b("b", 1);
  REQUIRE(a.add_sample(view_of(planes, {1, 2, 2, 3}, {12, 6, 3, 1})));
  REQUIRE(b.add_sample(view_of(pixels, {1, 2, 2, 3}, {12, 1, 6, 2})));
  for (const TensorStats* s : {&a, &b}) {
    CHECK(s->low() == -3.0F);
    CHECK(s->high() == 9.0F);
    CHECK(s->mean() == Approx(24.0 / 12));
    CHECK(s->mean_square() == Approx((91.0 + 1 + 4 + 9 + 81) / 12));
    CHECK(s->channel_low() == std::vector<float>{1, -3});
    CHECK(s->channel_high() == std::vector<float>{6, 9});
    CHECK(s->channel_mean()[0] == Approx(3.5));
    CHECK(s->channel_mean()[1] == Approx(0.5));
    CHECK(s->histogram().zeros() == 2);
    CHECK(s->histogram().count() == 12);
  }
}

TEST_CASE("statistics keep averages of the samples' extremes", "[quant]") {
  TensorStats s("s", 0);
  for (const float high : {1.0F, 3.0F, 2.0F}) {
    const std::vector<float> sample = {-high / 2, high};
    REQUIRE(s.add_sample(view_of(sample, {2}, {1})));
  }
  CHECK(s.samples() == 3);
  CHECK(s.mean_high() == Approx(2.0));
  CHECK(s.mean_low() == Approx(-1.0));
  CHECK(s.moving_high() == Approx(1.0 * 0.99 * 0.99 + 3.0 * 0.01 * 0.99 + 2.0 * 0.01));
  REQUIRE(s.history().size() == 2);  // after 1 and 2 samples
  CHECK(s.history()[1].high == 3.0F);
}

TEST_CASE("values that are not finite are refused with the tensor's name", "[quant]") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    TensorStats s("conv1", 0);
    std::vector<float> sample(40, 1.0F);
    sample[33] = bad;
    const auto added = s.add_sample(view_of(sample, {40}, {1}));
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Errc::invalid_data);
    CHECK(added.error().where.tensor == "conv1");
    CHECK(s.samples() == 0);
  }
}

TEST_CASE("large samples are counted evenly", "[quant]") {
  const std::size_t n = 300'000;
  std::vector<float> ramp(n);
  for (std::size_t i = 0; i < n; ++i) ramp[i] = static_cast<float>(i + 1) / static_cast<float>(n);
  TensorStats s("ramp", 0);
  REQUIRE(s.add_sample(view_of(ramp, {300'000}, {1})));
  const auto counted = static_cast<double>(s.histogram().count());
  CHECK(counted <= TensorStats::kMaxCounted + 1);
  CHECK(counted > TensorStats::kMaxCounted / 2);
  double below_half = 0;
  for (std::size_t i = 0; i < 1024; ++i) {
    below_half += static_cast<double>(s.histogram().positive().bins[i]);
  }
  CHECK(below_half / counted == Approx(0.5).margin(0.01));
  CHECK(s.high() == 1.0F);
}

TEST_CASE("a calibration table comes back as it was saved", "[quant]") {
  const TempDir dir;
  CalibrationTable table;
  table.model_sha256 = "abc";
  table.data = "two samples";
  table.samples = 2;
  table.skipped = 1;
  TensorStats& made = table.add(TensorStats("x/\"y\"", 1));
  const std::vector<float> first = {1, -2, 3, 4};
  const std::vector<float> second = {0, 8, -1, 2};
  REQUIRE(made.add_sample(view_of(first, {2, 2}, {2, 1})));
  REQUIRE(made.add_sample(view_of(second, {2, 2}, {2, 1})));
  table.add(TensorStats("never seen", 0));
  const TensorStats& s = *table.find("x/\"y\"");
  table.channels = {{"a", {1.0F, 2.0F}}, {"b", {3.0F}}};
  REQUIRE(table.save(dir.file("t.npz")));
  const auto loaded = CalibrationTable::load(dir.file("t.npz"));
  REQUIRE(loaded);
  CHECK(loaded->model_sha256 == "abc");
  CHECK(loaded->samples == 2);
  CHECK(loaded->skipped == 1);
  REQUIRE(loaded->tensors().size() == 2);
  REQUIRE(loaded->channels.size() == 2);
  CHECK(loaded->channels[1].tensor == "b");
  CHECK(loaded->channels[0].factors == std::vector<float>{1.0F, 2.0F});
  const TensorStats* l = loaded->find("x/\"y\"");
  REQUIRE(l != nullptr);
  CHECK(l->low() == s.low());
  CHECK(l->high() == s.high());
  CHECK(l->mean() == s.mean());
  CHECK(l->moving_high() == s.moving_high());
  CHECK(l->channel_mean() == s.channel_mean());
  CHECK(l->channel_low() == s.channel_low());
  CHECK(l->histogram().positive().bins == s.histogram().positive().bins);
  CHECK(l->histogram().negative().limit == s.histogram().negative().limit);
  CHECK(l->histogram().zeros() == 1);
  CHECK(l->history().size() == 2);
}
