#include "quant/saturation.h"

#include <algorithm>

namespace vernier {
namespace {

/// The two largest of one sign, as magnitudes.
struct TopTwo {
  int first = 0;
  int second = 0;
  void add(int magnitude) {
    if (magnitude > first) {
      second = first;
      first = magnitude;
    } else {
      second = std::max(second, magnitude);
    }
  }
  [[nodiscard]] int sum() const { return first + second; }
};

/// Calls f(index) for every element of a channel.
template <class F>
void for_each_of_channel(const ChannelBlocks& blocks, std::int64_t channel, F&& f) {
  for (std::int64_t o = 0; o < blocks.outer; ++o) {
    const std::int64_t begin = (o * blocks.channels + channel) * blocks.inner;
    for (std::int64_t i = 0; i < blocks.inner; ++i) f(static_cast<std::size_t>(begin + i));
  }
}

}  // namespace

std::vector<int> worst_pairs(std::span<const std::int8_t> integers, const ChannelBlocks& blocks) {
  std::vector<int> worst;
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    TopTwo positive;
    TopTwo negative;
    for_each_of_channel(blocks, c, [&](std::size_t i) {
      const auto w = static_cast<int>(integers[i]);
      (w > 0 ? positive : negative).add(std::abs(w));
    });
    worst.push_back(std::max(positive.sum(), negative.sum()));
  }
  return worst;
}

int make_pairs_safe(std::span<const float> weight, const ChannelBlocks& blocks,
                    std::span<float> scales, std::span<std::uint8_t> other) {
  int raised = 0;
  std::vector<int> worst = worst_pairs(quantize_weight(weight, blocks, scales, other), blocks);
  std::vector<bool> changed(worst.size(), false);
  while (std::any_of(worst.begin(), worst.end(), [](int pair) { return pair > kSafePair; })) {
    for (std::size_t c = 0; c < worst.size(); ++c) {
      if (worst[c] <= kSafePair) continue;
      // At least a step, because rounding may keep the pair where it was.
      constexpr float kStep = 1.002F;
      scales[c] *= std::max(static_cast<float>(worst[c]) / static_cast<float>(kSafePair), kStep);
      if (!changed[c]) ++raised;
      changed[c] = true;
      if (other.empty()) continue;
      for_each_of_channel(blocks, static_cast<std::int64_t>(c), [&](std::size_t i) {
        other[i / 8] = static_cast<std::uint8_t>(other[i / 8] & ~(1U << (i % 8)));
      });
    }
    worst = worst_pairs(quantize_weight(weight, blocks, scales, other), blocks);
  }
  return raised;
}

}  // namespace vernier
