#include "quant/round_weights.h"

#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace vernier;

namespace {

/// Rows with neighbouring elements that go together, and a mean.
std::vector<float> correlated_rows(std::int64_t rows, std::int64_t length, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float shared = normal(random);
    for (std::int64_t k = 0; k < length; ++k) {
      values.push_back(1.0F + shared + 0.3F * normal(random));
    }
  }
  return values;
}

std::vector<float> weights(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, 0.2F);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(normal(random));
  return values;
}

/// Mean square error of the outputs on the rows themselves, their means taken off.
double output_error(const std::vector<float>& x, std::int64_t length, const std::vector<float>& w,
                    const ChannelBlocks& blocks, const RoundedWeight& rounded, bool centred) {
  const auto q = quantize_weight(w, blocks, rounded.scales, rounded.other);
  const auto rows = static_cast<std::int64_t>(x.size()) / length;
  double total = 0.0;
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::int64_t r = 0; r < rows; ++r) {
      double e = 0.0;
      for (std::int64_t k = 0; k < length; ++k) {
        const auto i =
            static_cast<std::size_t>(blocks.outer == 1 ? c * length + k : k * blocks.channels + c);
        const double kept = static_cast<double>(q[i]) *
                            static_cast<double>(rounded.scales[static_cast<std::size_t>(c)]);
        e += (kept - static_cast<double>(w[i])) *
             static_cast<double>(x[static_cast<std::size_t>(r * length + k)]);
      }
      sum += e;
      squares += e * e;
    }
    const auto n = static_cast<double>(rows);
    total += squares / n - (centred ? sum / n * (sum / n) : 0.0);
  }
  return total;
}

RoundedWeight to_nearest(const std::vector<float>& w, const ChannelBlocks& blocks) {
  return {least_error_scales(w, blocks), {}};
}

}  // namespace

TEST_CASE("moments are those of the rows, block by block", "[quant]") {
  // Three channels of two taps, all in one block.
  GramBlocks gram(1, 3, 2);
  const std::vector<float> x = {1, 2, 3, 4, 5, 6, -1, 0, 1, 2, 3, 4, 2, 2, 2, 2, 2, 2};
  gram.add(0, x, 3);
  CHECK(gram.observations() == 3);
  const auto h = gram.matrix(0, 0, false);
  REQUIRE(h.size() == 36);
  // E[x0 x1] = (2 + 0 + 4) / 3, E[x2 x5] = (18 + 4 + 4) / 3; three observations of six: a third
  // of what is off the diagonal is kept.
  CHECK(h[0 * 6 + 1] == Approx(2.0 / 3.0));
  CHECK(h[5 * 6 + 2] == Approx(26.0 / 9.0));
  const auto centred = gram.matrix(0, 0, true);
  // Means of x0, x1: 2/3, 4/3.
  CHECK(centred[1 * 6 + 0] == Approx((2.0 - 8.0 / 9.0) / 3.0));
}

TEST_CASE("rows longer than a block are cut between channels", "[quant]") {
  GramBlocks gram(2, 100, 9);
  CHECK(gram.length() == 900);
  CHECK(gram.block() % 9 == 0);
  CHECK(gram.block() <= 256);
  std::int64_t elements = 0;
  for (std::int64_t b = 0; b < gram.blocks(); ++b) elements += gram.block_size(b);
  CHECK(elements == 900);
  const auto x = correlated_rows(5, 900, 3);
  gram.add(0, x, 5);
  gram.add(1, x, 5);
  CHECK(gram.observations() == 5);
  double sum = 0.0;
  for (int r = 0; r < 5; ++r) {
    const auto at = static_cast<std::size_t>(r * 900 + gram.block());
    sum += static_cast<double>(x[at]) * static_cast<double>(x[at + 3]);
  }
  const auto n = static_cast<double>(gram.block_size(1));
  CHECK(gram.matrix(1, 1, false)[3] == Approx(sum / 5.0 * 5.0 / (5.0 + n)).epsilon(1e-5));
}

TEST_CASE("short rows get the best of all roundings", "[quant]") {
  constexpr std::int64_t kLength = 4;
  const ChannelBlocks blocks(Shape{1, kLength}, 0);
  const auto x = correlated_rows(200, kLength, 5);
  GramBlocks gram(1, kLength, 1);
  gram.add(0, x, 200);
  const auto w = weights(kLength, 7);
  const RoundedWeight rounded = round_by_gram(w, blocks, gram, true);
  const auto h = gram.matrix(0, 0, true);
  const auto cost = [&](const RoundedWeight& candidate) {
    const auto q = quantize_weight(w, blocks, candidate.scales, candidate.other);
    double sum = 0.0;
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 4; ++j) {
        sum += static_cast<double>(h[i * 4 + j]) *
               static_cast<double>(static_cast<float>(q[i]) * candidate.scales[0] - w[i]) *
               static_cast<double>(static_cast<float>(q[j]) * candidate.scales[0] - w[j]);
      }
    }
    return sum;
  };
  const double found = cost(rounded);
  // Every scale that is tried, every side of every element.
  const float widest = absmax_scales(w, blocks)[0];
  for (int s = 0; s < 32; ++s) {
    for (unsigned bits = 0; bits < 16; ++bits) {
      const RoundedWeight candidate{{widest * (1.0F - 0.25F * static_cast<float>(s) / 32.0F)},
                                    {static_cast<std::uint8_t>(bits)}};
      CHECK(found <= cost(candidate) * 1.0001 + 1e-12);
    }
  }
}

TEST_CASE("long rows lose much less than by rounding to the nearest", "[quant]") {
  for (const bool channels_first : {true, false}) {
    constexpr std::int64_t kLength = 300;  // more than one block
    constexpr std::int64_t kChannels = 8;
    const ChannelBlocks blocks(
        channels_first ? Shape{kChannels, kLength} : Shape{kLength, kChannels},
        channels_first ? 0 : 1);
    const auto x = correlated_rows(2000, kLength, 11);
    GramBlocks gram(1, kLength, 1);
    gram.add(0, x, 2000);
    const auto w = weights(kLength * kChannels, 13);
    for (const bool centred : {true, false}) {
      const double nearest = output_error(x, kLength, w, blocks, to_nearest(w, blocks), centred);
      const double rounded =
          output_error(x, kLength, w, blocks, round_by_gram(w, blocks, gram, centred), centred);
      INFO("channels first " << channels_first << ", centred " << centred << ": " << nearest
                             << " -> " << rounded);
      CHECK(rounded < 0.25 * nearest);
    }
  }
}

TEST_CASE("groups have moments of their own", "[quant]") {
  // Group 0 sees only its first element, group 1 only its second: what is not seen may be rounded
  // at will, what is seen goes to the nearest.
  GramBlocks gram(2, 2, 1);
  gram.add(0, std::vector<float>{1, 0, -1, 0}, 2);
  gram.add(1, std::vector<float>{0, 1, 0, -1}, 2);
  const std::vector<float> w = {1.0F, 0.3F, 0.3F, 1.0F};
  const ChannelBlocks blocks(Shape{2, 2}, 0);
  const RoundedWeight rounded = round_by_gram(w, blocks, gram, true);
  const auto q = quantize_weight(w, blocks, rounded.scales, rounded.other);
  CHECK(std::abs(static_cast<float>(q[0]) * rounded.scales[0] - 1.0F) < 1e-3F);
  CHECK(std::abs(static_cast<float>(q[3]) * rounded.scales[1] - 1.0F) < 1e-3F);
}

TEST_CASE("few samples do not lead far from the nearest integers", "[quant]") {
  // Six rows say next to nothing about 256 elements: on other rows the error must not grow.
  constexpr std::int64_t kLength = 256;
  constexpr std::int64_t kChannels = 16;
  const ChannelBlocks blocks(Shape{kChannels, kLength}, 0);
  GramBlocks gram(1, kLength, 1);
  gram.add(0, correlated_rows(6, kLength, 17), 6);
  const auto others = correlated_rows(2000, kLength, 19);
  const auto w = weights(kLength * kChannels, 23);
  const double nearest = output_error(others, kLength, w, blocks, to_nearest(w, blocks), true);
  const double rounded =
      output_error(others, kLength, w, blocks, round_by_gram(w, blocks, gram, true), true);
  CHECK(rounded < 1.1 * nearest);
}
