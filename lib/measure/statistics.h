#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vernier {

struct BlockSamples;

/// One percentile of a sample. `value` is x_(ceil(q n)) of the sorted sample ("nearest_rank_ceil",
/// 1-based). The interval is made of order statistics whose binomial coverage is at least 95 %
/// (Hoefler & Belli, SC'15), computed for the effective sample size. Withheld, with a reason, when
/// n or the effective n is too small for both ranks to exist.
struct Percentile {
  double q = 0.0;
  std::optional<std::int64_t> value;
  std::int64_t ci_low = 0;  ///< meaningful with a value
  std::int64_t ci_high = 0;
  double n_effective = 0.0;  ///< see effective_size
  std::string reason;        ///< why there is no value
};
inline constexpr const char* kPercentileEstimator = "nearest_rank_ceil";

/// A sample of durations, in nanoseconds.
struct LatencySummary {
  std::int64_t n = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;
  double mean = 0.0;
  double stddev = 0.0;       ///< n - 1 in the denominator; 0 for n = 1
  double lag1 = 0.0;         ///< correlation of neighbouring runs within blocks, about block means
  double n_effective = 0.0;  ///< that of p50
  Percentile p50, p90, p95, p99;
};

/// One uninterrupted series, ordered in time. Empty input gives n = 0 and withheld percentiles.
LatencySummary summarize(std::span<const std::int64_t> ordered_in_time);

/// Blocks in order of time, each an uninterrupted series. Runs of one block may depend on each
/// other, and a block may lie above or below the others as a whole; both widen the intervals.
LatencySummary summarize(std::span<const BlockSamples> blocks);

/// Number of independent runs that would tell as much about the share of runs at or below `limit`
/// as these do; at most n. It is n p (1 - p) / (n Var(p)), p the share of the indicator series
/// I = (x <= limit), which needs no moments of x. n Var(p) is estimated twice:
/// - within blocks: the autocovariances of I, summed by Geyer's initial monotone sequence (Geyer,
///   "Practical Markov chain Monte Carlo", Statistical Science 7, 1992), which ends here at the
///   first pair of lags within one standard error of 0;
/// - between clusters: the variance of the k clusters' sums, times (k / (k - 1))^2. Clusters are
/// the blocks; with fewer
///   than 8 blocks, 8 to 30 batches of them. Multiplied by (1 + r) / (1 - r) when their lag-1
///   correlation r is significantly positive (one-sided 5 %), and by (t / z)^2 for its degrees of
///   freedom.
/// The second is taken when it exceeds the first at the 15 % level (batches: 1 %) of its chi-square
/// distribution (the preliminary test of Bancroft & Han, "Inference based on conditional
/// specification", 1977). Where blocks scatter as widely as runs, 20 blocks give p90's interval a
/// coverage of about 92 %.
double effective_size(std::span<const std::span<const std::int64_t>> blocks, std::int64_t limit);

/// Smallest n for which a 95 % rank interval of the q-quantile exists on both sides.
std::int64_t needed_runs(double q);

/// 1-based ranks of the 95 % interval of the q-quantile in a sample of n: the largest l with
/// P(B <= l-1) <= 2.5 % and the smallest u with P(B <= u-1) >= 97.5 %, B ~ Bin(n, q). l = 0 or
/// u = n + 1 when there is none.
struct RankInterval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
RankInterval rank_interval(std::int64_t n, double q);

/// The same for n runs that are worth n_effective: the binomial distribution function is continued
/// to real n and ranks by the incomplete beta function, its two ranks k are mapped to
/// (k - 1/2) n / n_effective + 1/2, and these are rounded outwards. Equal to rank_interval(n, q)
/// for n_effective = n.
RankInterval rank_interval(std::int64_t n, double n_effective, double q);

/// Correlation of neighbours in a series about its mean; 0 for a constant or shorter than 2.
double lag1_correlation(std::span<const double> values);

/// Median (mean of the two middle values for even n); the input must not be empty.
double median(std::vector<double> values);

}  // namespace vernier
