#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "quant/linear_quant.h"
#include "quant/range_methods.h"

using namespace vernier;

namespace {

TensorStats stats_of(const std::vector<float>& values) {
  TensorStats stats("t", 0);
  const TensorView view{reinterpret_cast<const std::byte*>(values.data()), DType::float32,
                        Shape{static_cast<std::int64_t>(values.size())}, Strides{1}};
  REQUIRE(stats.add_sample(view));
  return stats;
}

/// 0.001, 0.002, ... 1, and one value far away.
std::vector<float> ramp_with_outlier(float outlier) {
  std::vector<float> values;
  for (int i = 1; i <= 1000; ++i) values.push_back(static_cast<float>(i) / 1000.0F);
  values.push_back(outlier);
  return values;
}

}  // namespace

TEST_CASE("asymmetric parameters hold zero exactly", "[quant]") {
  CHECK(asymmetric_u8({-1.0, 1.55}).zero_point == 100);
  CHECK(asymmetric_u8({-1.0, 1.55}).scale == Approx(0.01F));
  // Zero is part of every range.
  CHECK(asymmetric_u8({2.0, 5.1}).zero_point == 0);
  CHECK(asymmetric_u8({2.0, 5.1}).scale == Approx(0.02F));
  CHECK(asymmetric_u8({-5.1, -2.0}).zero_point == 255);
  // No extent, or next to none.
  CHECK(asymmetric_u8({0.0, 0.0}) == LinearQuant{DType::uint8, 1.0F, 0});
  CHECK(asymmetric_u8({0.0, 1e-40}) == LinearQuant{DType::uint8, 1.0F, 0});
  for (const double top : {6.0, 1.0 / 3.0, 0.1, 5.999999}) {
    CHECK(static_cast<double>(asymmetric_u8({0.0, top}).scale * 255.0F) <= top);
  }
}

TEST_CASE("symmetric parameters", "[quant]") {
  CHECK(symmetric_s8({-2.54, 1.0}) == LinearQuant{DType::int8, 2.54F / 127.0F, 0});
  CHECK(symmetric_s8({0.0, 0.0}).scale == 1.0F);
}

TEST_CASE("rounding is half to even, saturating", "[quant]") {
  const LinearQuant q{DType::uint8, 0.5F, 10};
  CHECK(quantize(0.25F, q) == 10);  // 0.5 -> 0
  CHECK(quantize(0.75F, q) == 12);  // 1.5 -> 2
  CHECK(quantize(1.25F, q) == 12);  // 2.5 -> 2
  CHECK(quantize(-0.25F, q) == 10);
  CHECK(quantize(-100.0F, q) == 0);
  CHECK(quantize(1e30F, q) == 255);
  std::vector<float> values = {0.25F, 0.75F, -100.0F, 1e30F};
  fake_quantize(
      {reinterpret_cast<std::byte*>(values.data()), DType::float32, Shape{2, 2}, Strides{2, 1}}, q);
  CHECK(values == std::vector<float>{0.0F, 1.0F, -5.0F, 122.5F});
}

TEST_CASE("weights are quantized for each channel in the narrow range", "[quant]") {
  const std::vector<float> w = {1.27F, -0.635F, 0.0F, 0.01F, -25.4F, 12.7F};
  const ChannelBlocks rows(Shape{2, 3}, 0);
  const auto scales = absmax_scales(w, rows);
  CHECK(scales[0] == Approx(0.01F));
  CHECK(scales[1] == Approx(0.2F));
  CHECK(quantize_weight(w, rows, scales) ==
        std::vector<std::int8_t>{127, -64, 0, 0, -127, 64});  // 63.5 -> 64, both to even
  const ChannelBlocks columns(Shape{2, 3}, 1);
  CHECK(absmax_scales(w, columns)[1] == Approx(25.4F / 127.0F));
  CHECK(absmax_scales(std::vector<float>{0, 0}, ChannelBlocks(Shape{1, 2}, 0))[0] == 1.0F);
}

TEST_CASE("a bias that int32 cannot hold raises its channel's scale", "[quant]") {
  std::vector<float> scales = {1e-9F, 0.01F};
  const std::vector<float> bias = {100.0F, 100.0F};
  CHECK(guard_bias(bias, 0.01F, scales) == 1);
  CHECK(scales[0] == Approx(100.0F / (1073741823.0F * 0.01F)));
  CHECK(scales[1] == 0.01F);
  const auto q = quantize_bias(bias, 0.01F, scales);
  CHECK(q[0] == Approx(1073741823).epsilon(1e-5));
  CHECK(q[1] == 1000000);
}

TEST_CASE("minmax and percentile", "[quant]") {
  const TensorStats stats = stats_of(ramp_with_outlier(16.0F));
  const Range all = choose_range(stats, {RangeKind::minmax, 0});
  CHECK(all.low == 0.0);
  CHECK(all.high == 16.0);
  // One of 1001 values lies beyond 99.9 %; bins are 1/128 wide.
  const Range most = choose_range(stats, {RangeKind::percentile, 99.9});
  CHECK(most.high == Approx(1.0).margin(1.0 / 128));
  CHECK(choose_range(stats, {RangeKind::percentile, 99.99}).high == 16.0);
  // 1 % of 1001: the ten largest may go.
  CHECK(choose_range(stats, {RangeKind::percentile, 99.0}).high == Approx(0.991).margin(1.0 / 64));
}

TEST_CASE("least squared error keeps an outlier only when that is cheap", "[quant]") {
  // Dense values within 1: a step of s costs s^2/12 for each of n. Cutting an outlier at v costs
  // (v - 1)^2 once. With 1000 values in 0..1, range 16 costs 1000 (16/255)^2 / 12 = 0.33, so 16
  // is kept (cutting costs 225); with 1e6 values 328, so it is cut, though not to 1.
  std::vector<float> few = ramp_with_outlier(16.0F);
  CHECK(choose_range(stats_of(few), {RangeKind::mse, 0}).high > 15.0);
  Histogram many;
  for (int i = 1; i <= 1000; ++i) many.add(static_cast<float>(i) / 1000.0F, 1000);
  many.add(16.0F, 1);
  const Range cut = mse_range(many, {0.0, 16.0}, 256);
  // d/dt [1e6 t^2 / (12 * 255^2) + (16 - t)^2] = 0
  const double k = 1e6 / (12.0 * 255.0 * 255.0);
  CHECK(cut.high == Approx(16.0 / (1.0 + k)).margin(0.05));
  CHECK(expected_error(many, cut, 256) < expected_error(many, {0.0, 16.0}, 256));
}

TEST_CASE("entropy cuts a long thin tail and keeps a uniform range", "[quant]") {
  Histogram uniform;
  for (int i = 1; i <= 4096; ++i) uniform.add(static_cast<float>(i) / 4096.0F, 10);
  CHECK(entropy_range(uniform, {0.0, 1.0}, 256).high == 1.0);
  Histogram tail;
  for (int i = 1; i <= 4096; ++i) {
    const double x = static_cast<double>(i) / 4096.0;
    tail.add(static_cast<float>(x), static_cast<std::uint64_t>(1e6 * std::exp(-40.0 * x)) + 1);
  }
  const double threshold = entropy_range(tail, {0.0, 1.0}, 256).high;
  CHECK(threshold < 0.6);
  CHECK(threshold > 0.1);
}

TEST_CASE("names of range methods", "[quant]") {
  for (const char* name :
       {"minmax", "mean-minmax", "moving-average", "entropy", "mse", "percentile:99.9"}) {
    const auto method = parse_range_method(name);
    REQUIRE(method);
    CHECK(range_method_name(*method) == name);
  }
  CHECK(parse_range_method("percentile")->percentile == 99.99);
  CHECK(parse_range_method("percentile:20").error().id == "E-RANGE-METHOD");
  CHECK(parse_range_method("kl").error().code == Errc::usage);
}
