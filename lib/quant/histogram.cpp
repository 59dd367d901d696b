#include "quant/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vernier {
namespace {

/// The bin of a magnitude within the limit.
std::size_t bin_of(float magnitude, float per_unit) {
  const auto bin = static_cast<std::size_t>(magnitude * per_unit);
  return std::min(bin, Histogram::kBins - 1);  // the limit itself
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
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (high > 0.0F) positive_.grow(static_cast<double>(high));
  if (low < 0.0F) negative_.grow(-static_cast<double>(low));
  const float up = high > 0.0F ? bins_per_unit(positive_) : 0.0F;
  const float down = low < 0.0F ? bins_per_unit(negative_) : 0.0F;
  for (const float value : values) {
    if (value > 0.0F && value <= high) {
      ++positive_.bins[bin_of(value, up)];
    } else if (value < 0.0F && value >= low) {
      ++negative_.bins[bin_of(-value, down)];
    } else if (value == 0.0F) {
      ++zeros_;
    }
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
