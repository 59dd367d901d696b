#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "measure/measurement.h"

namespace vernier {

/// A ratio baseline / contender with its intervals.
struct RatioEstimate {
  std::optional<double> ratio;  ///< absent without data
  double ci_low = 0.0;          ///< 95 %
  double ci_high = 0.0;
  double ci90_low = 0.0;  ///< 90 %: what two one-sided tests at 5 % ask for
  double ci90_high = 0.0;
  int pairs = 0;
  std::optional<double> p_value;  ///< two-sided, that the ratio is 1
  PairUnit unit = PairUnit::block;
};
/// Pairs below which no verdict is given: with fewer, no 95 % interval of ranks exists.
inline constexpr int kLeastPairs = 6;

/// Median of each block, by round.
std::vector<std::pair<int, double>> block_medians(std::span<const BlockSamples> blocks);

/// Processes that the blocks came from.
int process_count(std::span<const BlockSamples> blocks);

/// ln(median of baseline / median of contender) of the blocks of each round that both have, or the
/// mean of these for each process that both have (of the same number: they took turns).
std::vector<double> paired_differences(std::span<const BlockSamples> baseline,
                                       std::span<const BlockSamples> contender, PairUnit unit);

/// d are the paired differences. With PairUnit::process they hold what differs between processes of
/// one engine, which no number of blocks averages out ("repeat at the level that varies most":
/// Kalibera & Jones, "Rigorous benchmarking in reasonable time", ISMM 2013). The ratio
/// is the exponential of the Hodges-Lehmann estimate (median of all pairwise averages of d), its
/// intervals are ordered pairwise averages at the ranks of Wilcoxon's signed-rank distribution
/// (Hollander & Wolfe, "Nonparametric Statistical Methods", 3.1 and 3.3), exact up to 60 pairs, by
/// its normal approximation above; the p-value is that of the signed-rank test. They assume that
/// the differences scatter symmetrically. Coverage at 10 pairs is 95 %, where a percentile
/// bootstrap of the median has less. Neighbouring pairs are averaged first while their lag-1
/// correlation exceeds its standard error and 20 or more are left, and while there are more than
/// 500.
RatioEstimate paired_ratio(std::span<const BlockSamples> baseline,
                           std::span<const BlockSamples> contender,
                           PairUnit unit = PairUnit::block);

/// For measurements that were taken apart (two reports): the median of all differences
/// ln(a_i / b_j) of block medians, or of their means by process where both sides have several;
/// intervals and p-value by the Mann-Whitney distribution (same book, 4.1 and 4.3), exact up to
/// 25 x 25. Knows nothing of what differs between two sessions on the same machine.
RatioEstimate unpaired_ratio(std::span<const BlockSamples> baseline,
                             std::span<const BlockSamples> contender);

/// faster when the 95 % interval lies above 1 + margin, slower when below 1 / (1 + margin),
/// equivalent when the 90 % interval lies between the two, otherwise inconclusive, with the pairs
/// that would decide; also with fewer than kLeastPairs pairs. disagrees when outputs were compared
/// and differ.
Comparison judge(const std::string& baseline, const std::string& contender,
                 const RatioEstimate& ratio, const OutputAgreement& outputs, double margin);

/// Fills p_adjusted by Benjamini & Hochberg (1995) over all comparisons that have a p-value. Of
/// several, none stays faster or slower whose adjusted p is above 5 %.
void adjust_p_values(std::vector<Comparison>& comparisons);

/// `ratio` of an engine and itself; the label is left to the caller. The resolution is |ln ratio|
/// plus the half-width of the interval, as a share: what the protocol itself may put between two
/// equal engines. Without a ratio or with fewer than kLeastPairs pairs: a reason.
NoiseFloor noise_floor_of(const RatioEstimate& ratio);

/// Half-width of the 95 % interval, as a share: sqrt(high / low) - 1.
double half_width(const RatioEstimate& ratio);

/// The shift that is called faster or slower nine times in ten by comparisons whose interval has
/// this half-width: margin + half_width (1 + 1.28 / 1.96).
double claimable_shift(double margin, double half_width);

}  // namespace vernier
