#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "measure/measurement.h"

namespace vernier {

/// A ratio baseline / contender with its 95 % interval.
struct RatioEstimate {
  std::optional<double> ratio;  ///< absent without data
  double ci_low = 0.0;
  double ci_high = 0.0;
  int pairs = 0;
};
inline constexpr int kBootstrapResamples = 10'000;
/// Pairs below which no verdict is given.
inline constexpr int kLeastPairs = 5;

/// Median of each block, by round.
std::vector<std::pair<int, double>> block_medians(std::span<const BlockSamples> blocks);

/// Blocks of the same round are pairs: ratio = exp(median of ln(baseline / contender)), interval by
/// percentile bootstrap over the pairs (10,000 resamples, seeded).
RatioEstimate paired_ratio(std::span<const BlockSamples> baseline,
                           std::span<const BlockSamples> contender, std::uint64_t seed);

/// For measurements that were taken apart (two reports): ratio of the medians of block medians,
/// both sides resampled.
RatioEstimate unpaired_ratio(std::span<const BlockSamples> baseline,
                             std::span<const BlockSamples> contender, std::uint64_t seed);

/// faster when the interval lies above 1 + margin, slower when below 1 / (1 + margin), inconclusive
/// otherwise or with fewer than kLeastPairs pairs; disagrees when outputs were compared and differ.
Comparison judge(const std::string& baseline, const std::string& contender,
                 const RatioEstimate& ratio, const OutputAgreement& outputs, double margin);

}  // namespace vernier
