#include "quant/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace vernier {
namespace {

bool is_finite(float value) { return std::abs(value) <= std::numeric_limits<float>::max(); }

/// The bin of a magnitude within the limit.
std::size_t bin_of(float magnitude, float per_unit) {
  const auto bin = static_cast<std::int32_t>(magnitude * per_unit);
  // The limit itself belongs to the last bin.
  return static_cast<std::size_t>(std::min(bin, static_cast<std::int32_t>(Histogram::kBins) - 1));
}

float bins_per_unit(const Histogram::Side& side) {
  return static_cast<float>(static_cast<double>(Histogram::kBins) / side.limit);
}

}  // namespace

std::uint64_t Histogram::Side::count() const {
  return std::accumulate(bins.begin(), bins.end(), std::uint64_t{0});
}

void Histogram::Side::grow(double magnitude) {
  if (magnitude <= limit) return;
  if (limit == 0.0) {
    // Not below the smallest normal number, so that a bin has a width.
    limit = std::exp2(std::ceil(std::log2(std::max(magnitude, 1e-30))));
    while (limit < magnitude) limit *= 2.0;
    return;
  }
  while (limit < magnitude) {
    for (std::size_t i = 0; i < kBins / 2; ++i) bins[i] = bins[2 * i] + bins[2 * i + 1];
    std::fill(bins.begin() + kBins / 2, bins.end(), 0);
    limit *= 2.0;
  }
}

void Histogram::add(std::span<const float> values) {
  float low = 0.0F;
  float high = 0.0F;
  for (const float value : values) {
    const float x = is_finite(value) ? value : 0.0F;
    low = x < low ? x : low;
    high = x > high ? x : high;
  }
  if (high > 0.0F) positive_.grow(static_cast<double>(high));
  if (low < 0.0F) negative_.grow(-static_cast<double>(low));
  const float up = high > 0.0F ? bins_per_unit(positive_) : 0.0F;
  const float down = low < 0.0F ? bins_per_unit(negative_) : 0.0F;
  // Without branches on the sign, which nothing could predict; neighbours, which are often both 0,
  // count in tables of their own, so that they do not wait for each other. Each table: positive
  // bins, then negative ones.
  constexpr std::size_t kTable = 2 * kBins;
  std::array<std::uint32_t, 2 * kTable> counts{};
  std::uint32_t zeros = 0;
  const auto move = [&] {
    for (std::size_t i = 0; i < kBins; ++i) {
      positive_.bins[i] += std::uint64_t{counts[i]} + counts[kTable + i];
      negative_.bins[i] += std::uint64_t{counts[kBins + i]} + counts[kTable + kBins + i];
    }
    positive_.bins[0] -= zeros;
    zeros_ += zeros;
    counts.fill(0);
    zeros = 0;
  };
  constexpr std::size_t kMostAtOnce = std::size_t{1} << 30U;  // what a count can hold
  for (std::size_t begin = 0; begin < values.size(); begin += kMostAtOnce) {
    const std::size_t count = std::min(kMostAtOnce, values.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const float value = values[begin + i];
      if (!is_finite(value)) continue;
      const bool negative = value < 0.0F;
      const std::size_t bin = bin_of(std::abs(value), negative ? down : up);
      ++counts[i % 2 * kTable + (negative ? kBins : 0) + bin];
      zeros += value == 0.0F ? 1U : 0U;
    }
    move();
  }
}

void Histogram::add(float value, std::uint64_t weight) {
  if (!std::isfinite(value)) return;
  if (value == 0.0F) {
    zeros_ += weight;
    return;
  }
  Side& side = value > 0.0F ? positive_ : negative_;
  const float magnitude = std::abs(value);
  side.grow(static_cast<double>(magnitude));
  side.bins[bin_of(magnitude, bins_per_unit(side))] += weight;
}

std::uint64_t Histogram::count() const { return zeros_ + positive_.count() + negative_.count(); }

void Histogram::restore(const Side& negative, const Side& positive, std::uint64_t zeros) {
  negative_ = negative;
  positive_ = positive;
  zeros_ = zeros;
}

}  // namespace vernier
