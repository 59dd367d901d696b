#include "quant/saturation.h"

#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace vernier;

TEST_CASE("the worst pair of a channel has one sign", "[quant]") {
  // Channels 0 and 1 of a [2, 4] weight: 100 + 29 and |-70 - 60| beside a lone 127.
  const std::vector<std::int8_t> w = {100, -100, 29, -1, 127, -70, 1, -60};
  CHECK(worst_pairs(w, ChannelBlocks({2, 4}, 0)) == std::vector<int>{129, 130});
  // The same numbers with channels last.
  CHECK(worst_pairs(w, ChannelBlocks({4, 2}, 1)) == std::vector<int>{227, 170});
}

TEST_CASE("channels that can saturate get the least larger scale that avoids it", "[quant]") {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0F, 0.2F);
  std::vector<float> weight;
  for (int i = 0; i < 16 * 40; ++i) weight.push_back(normal(random));
  for (int i = 0; i < 40; ++i) weight[i] *= i == 0 ? 1.0F : 0.01F;  // one large element: no pair
  weight[0] = 3.0F;
  for (const Shape& shape : {Shape{16, 40}, Shape{16, 10, 2, 2}}) {
    const ChannelBlocks blocks(shape, 0);
    std::vector<float> scales = absmax_scales(weight, blocks);
    const std::vector<float> before = scales;
    std::vector<std::uint8_t> other(weight.size() / 8, 0xFF);
    const int raised = make_pairs_safe(weight, blocks, scales, other);
    CHECK(raised == 15);
    CHECK(scales[0] == before[0]);
    CHECK((other[0] == 0xFF && other[5] == 0x00));
    const auto pairs = worst_pairs(quantize_weight(weight, blocks, scales, other), blocks);
    for (std::size_t c = 0; c < pairs.size(); ++c) {
      CHECK(pairs[c] <= kSafePair);
      if (c > 0) CHECK(pairs[c] >= kSafePair - 4);  // not more than it takes
    }
  }
}
