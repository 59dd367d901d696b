#include <catch2/catch.hpp>
#include <cmath>

#include "quant/block_weights.h"

using namespace vernier;

namespace {

BlockWeights quantized(const std::vector<float>& weight, std::int64_t rows,
                       const BlockFormat& format, const std::vector<double>& importance = {}) {
  const auto columns = static_cast<std::int64_t>(weight.size()) / rows;
  auto room = block_weights(rows, columns, format);
  REQUIRE(room);
  BlockWeights result = std::move(room).value();
  BlockScratch scratch(result);
  quantize_rows(weight, column_shares(importance), format, 0, rows, scratch, result);
  return result;
}

std::vector<float> reals(const BlockWeights& w) {
  std::vector<float> values;
  for (std::int64_t row = 0; row < w.rows; ++row) {
    for (std::int64_t column = 0; column < w.columns; ++column) {
      values.push_back(w.real(row, column));
    }
  }
  return values;
}

std::vector<float> wave(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = std::sin(static_cast<float>(i) * 1.7F) * (i % 5 == 0 ? 1.5F : 0.5F);
  }
  return values;
}

double squared_error(const std::vector<float>& weight, const BlockWeights& w,
                     const std::vector<double>& importance = {}) {
  double sum = 0.0;
  const std::vector<float> kept = reals(w);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double d = static_cast<double>(weight[i]) - static_cast<double>(kept[i]);
    sum += d * d * (importance.empty() ? 1.0 : importance[i % static_cast<std::size_t>(w.columns)]);
  }
  return sum;
}

/// Round to nearest on -7..7 with the scale of the largest magnitude.
double plain_error(const std::vector<float>& weight, std::size_t block) {
  double sum = 0.0;
  for (std::size_t first = 0; first < weight.size(); first += block) {
    float most = 0.0F;
    for (std::size_t i = first; i < first + block; ++i) most = std::max(most, std::fabs(weight[i]));
    const float scale = most / 7.0F;
    for (std::size_t i = first; i < first + block; ++i) {
      const double d = static_cast<double>(weight[i] - std::nearbyint(weight[i] / scale) * scale);
      sum += d * d;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("the largest magnitude goes to -8, whatever its sign") {
  const std::vector<float> low = {-4.0F, 3.5F, 1.0F, -0.5F};
  const BlockWeights a = quantized(low, 1, {4, 4, BlockGrid::signed_scale});
  CHECK(reals(a) == low);
  CHECK(a.scales == std::vector<float>{0.5F});
  CHECK(a.codes == std::vector<std::int8_t>{-8, 7, 2, -1});
  const BlockWeights b = quantized({4.0F, -3.5F, -1.0F, 0.5F}, 1, {4, 4, BlockGrid::signed_scale});
  CHECK(b.scales == std::vector<float>{-0.5F});
  CHECK(b.codes == a.codes);
}

TEST_CASE("a positive scale keeps its sign, and 8 bits the narrow range") {
  const BlockWeights a = quantized({3.5F, -3.5F, 1.0F, 0.5F}, 1, {4, 4, BlockGrid::positive_scale});
  CHECK(a.scales == std::vector<float>{0.5F});
  CHECK(a.codes == std::vector<std::int8_t>{7, -7, 2, 1});
  const BlockWeights b = quantized({-63.5F, 0.5F}, 1, {8, 0, BlockGrid::positive_scale});
  CHECK(b.scales == std::vector<float>{0.5F});
  CHECK(b.codes == std::vector<std::int8_t>{-127, 1});
}

TEST_CASE("zero points take up one-sided blocks, and 0 stays exact") {
  std::vector<float> steps;
  for (int i = 0; i < 16; ++i) steps.push_back(0.25F * static_cast<float>(i));
  const BlockWeights w = quantized(steps, 1, {4, 16, BlockGrid::zero_points});
  CHECK(reals(w) == steps);
  CHECK(w.zeros == std::vector<std::int8_t>{-8});
  const BlockWeights both = quantized({-1.0F, 0.0F, 0.3F, 6.0F}, 1, {4, 4, BlockGrid::zero_points});
  CHECK(both.real(0, 1) == 0.0F);
}

TEST_CASE("blocks of zeros, short last blocks, rows of their own") {
  const BlockWeights w =
      quantized({0, 0, 0.5F, 1, 2, -4, 0, 0}, 2, {4, 2, BlockGrid::signed_scale});
  CHECK(w.blocks == 2);
  CHECK(w.scales[0] == 1.0F);
  CHECK(w.scales[3] == 1.0F);
  CHECK(w.real(0, 0) == 0.0F);
  CHECK(w.real(1, 1) == -4.0F);
  const BlockWeights odd = quantized({1, 2, 3, 4, 5}, 1, {8, 2, BlockGrid::positive_scale});
  CHECK(odd.blocks == 3);
  CHECK(odd.real(0, 4) == Approx(5.0F));
}

TEST_CASE("the search beats rounding to the nearest of the largest magnitude") {
  const std::vector<float> weight = wave(32 * 64);
  const double plain = plain_error(weight, 32);
  const double searched =
      squared_error(weight, quantized(weight, 4, {4, 32, BlockGrid::signed_scale}));
  const double with_zeros =
      squared_error(weight, quantized(weight, 4, {4, 32, BlockGrid::zero_points}));
  CHECK(searched < 0.85 * plain);
  CHECK(with_zeros < 0.95 * plain);
}

TEST_CASE("important columns lose less") {
  const std::vector<float> weight = wave(16 * 64);
  std::vector<double> importance(64, 1.0);
  for (std::size_t k = 0; k < 64; k += 8) importance[k] = 100.0;
  const BlockFormat format{4, 32, BlockGrid::signed_scale};
  const double alike = squared_error(weight, quantized(weight, 16, format), importance);
  const double weighted =
      squared_error(weight, quantized(weight, 16, format, importance), importance);
  CHECK(weighted < 0.8 * alike);
  // All silent: as without.
  CHECK(quantized(weight, 16, format, std::vector<double>(64, 0.0)).codes ==
        quantized(weight, 16, format).codes);
}

TEST_CASE("packed weights are within the budget") {
  // 3 * 40 codes, and 3 * 3 scales of four bytes with a zero point each.
  constexpr std::uint64_t kBytes = 120 + 9 * 5;
  const BlockFormat format{4, 16, BlockGrid::zero_points};
  const auto budget = std::make_shared<MemoryBudget>(kBytes);
  {
    const auto room = block_weights(3, 40, format, budget);
    REQUIRE(room);
    CHECK(budget->used_bytes() == kBytes);
    const auto more = block_weights(1, 1, format, budget);
    REQUIRE_FALSE(more);
    CHECK(more.error().code == Errc::limit);
  }
  CHECK(budget->used_bytes() == 0);
  CHECK_FALSE(block_weights(std::int64_t{1} << 40, std::int64_t{1} << 40, format));
}

TEST_CASE("parts of the rows make the same whole") {
  const std::vector<float> weight = wave(7 * 48);
  const BlockFormat format{4, 16, BlockGrid::zero_points};
  const BlockWeights whole = quantized(weight, 7, format);
  auto room = block_weights(7, 48, format);
  REQUIRE(room);
  BlockWeights& parts = *room;
  BlockScratch scratch(parts);
  quantize_rows(weight, {}, format, 4, 7, scratch, parts);
  quantize_rows(weight, {}, format, 0, 4, scratch, parts);
  CHECK(parts.codes == whole.codes);
  CHECK(parts.scales == whole.scales);
  CHECK(parts.zeros == whole.zeros);
}
