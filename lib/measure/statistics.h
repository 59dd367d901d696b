#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vernier {

/// One percentile of a sample. `value` is x_(ceil(q n)) of the sorted sample ("nearest_rank_ceil",
/// 1-based). The interval is made of order statistics whose binomial coverage is at least 95 %
/// (Hoefler & Belli, SC'15), computed for the effective sample size. Withheld, with a reason, when
/// n is too small for both ranks to exist.
struct Percentile {
  double q = 0.0;
  std::optional<std::int64_t> value;
  std::int64_t ci_low = 0;  ///< meaningful with a value
  std::int64_t ci_high = 0;
  std::string reason;  ///< why there is no value
};
inline constexpr const char* kPercentileEstimator = "nearest_rank_ceil";

/// A sample of durations, in nanoseconds.
struct LatencySummary {
  std::int64_t n = 0;
  std::int64_t min = 0;
  std::int64_t max = 0;
  double mean = 0.0;
  double stddev = 0.0;       ///< n - 1 in the denominator; 0 for n = 1
  double lag1 = 0.0;         ///< correlation of neighbouring runs
  double n_effective = 0.0;  ///< n (1 - r) / (1 + r) with r = max(lag1, 0)
  Percentile p50, p90, p95, p99;
};

/// `ordered_in_time` as measured; its order matters for lag1 only. Empty input gives n = 0 and
/// withheld percentiles.
LatencySummary summarize(std::span<const std::int64_t> ordered_in_time);

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

/// Median (mean of the two middle values for even n); the input must not be empty.
double median(std::vector<double> values);

}  // namespace vernier
