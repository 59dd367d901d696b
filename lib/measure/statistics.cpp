#include "measure/statistics.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

constexpr double kTail = 0.025;

/// ln P(B = k) for B ~ Bin(n, q).
double log_binomial(std::int64_t n, std::int64_t k, double q) {
  const auto real_n = static_cast<double>(n);
  const auto real_k = static_cast<double>(k);
  int sign = 0;  // lgamma_r: lgamma itself writes a global
  return lgamma_r(real_n + 1, &sign) - lgamma_r(real_k + 1, &sign) -
         lgamma_r(real_n - real_k + 1, &sign) + real_k * std::log(q) +
         (real_n - real_k) * std::log1p(-q);
}

double lag1_of(std::span<const std::int64_t> samples, double mean) {
  double variance = 0.0;
  double covariance = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double d = static_cast<double>(samples[i]) - mean;
    variance += d * d;
    if (i > 0) covariance += d * (static_cast<double>(samples[i - 1]) - mean);
  }
  return variance > 0.0 ? covariance / variance : 0.0;
}

Percentile percentile(const std::vector<std::int64_t>& sorted, double q, double n_effective) {
  Percentile result;
  result.q = q;
  const auto n = static_cast<std::int64_t>(sorted.size());
  const std::int64_t needed = needed_runs(q);
  if (n < needed) {
    result.reason = "needs at least " + std::to_string(needed) + " runs, has " + std::to_string(n);
    return result;
  }
  const auto at = [&](std::int64_t rank) {
    return sorted[static_cast<std::size_t>(std::clamp<std::int64_t>(rank, 1, n) - 1)];
  };
  // The product is corrected by a hair, so that 0.95 * 100 is rank 95 and not 96.
  const double exact = q * static_cast<double>(n);
  result.value = at(static_cast<std::int64_t>(std::ceil(exact - 1e-9 * exact)));
  const auto effective =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(n_effective)), 1, n);
  const RankInterval ranks = rank_interval(effective, q);
  const double stretch = static_cast<double>(n) / static_cast<double>(effective);
  result.ci_low =
      at(static_cast<std::int64_t>(std::floor(static_cast<double>(ranks.low) * stretch)));
  result.ci_high =
      at(static_cast<std::int64_t>(std::ceil(static_cast<double>(ranks.high) * stretch)));
  result.ci_low = std::min(result.ci_low, *result.value);
  result.ci_high = std::max(result.ci_high, *result.value);
  return result;
}

}  // namespace

RankInterval rank_interval(std::int64_t n, double q) {
  RankInterval ranks{0, n + 1};
  double below = 0.0;  // P(B <= k - 1)
  for (std::int64_t k = 0; k <= n; ++k) {
    below += std::exp(log_binomial(n, k, q));
    // Now P(B <= k), the probability that belongs to rank k + 1.
    if (below <= kTail && k + 1 <= n) ranks.low = k + 1;
    if (below >= 1.0 - kTail) {
      ranks.high = k + 1;
      break;
    }
  }
  return ranks;
}

std::int64_t needed_runs(double q) {
  // High side: 1 - q^n >= 97.5 %; low side: (1 - q)^n <= 2.5 %.
  const double high = std::log(kTail) / std::log(q);
  const double low = std::log(kTail) / std::log1p(-q);
  return static_cast<std::int64_t>(std::ceil(std::max(high, low)));
}

LatencySummary summarize(std::span<const std::int64_t> ordered_in_time) {
  LatencySummary summary;
  std::vector<std::int64_t> sorted(ordered_in_time.begin(), ordered_in_time.end());
  std::sort(sorted.begin(), sorted.end());
  summary.n = static_cast<std::int64_t>(sorted.size());
  if (!sorted.empty()) {
    const auto n = static_cast<double>(summary.n);
    summary.min = sorted.front();
    summary.max = sorted.back();
    double sum = 0.0;
    for (const std::int64_t x : sorted) sum += static_cast<double>(x);
    summary.mean = sum / n;
    double squares = 0.0;
    for (const std::int64_t x : sorted) {
      const double d = static_cast<double>(x) - summary.mean;
      squares += d * d;
    }
    summary.stddev = summary.n > 1 ? std::sqrt(squares / (n - 1)) : 0.0;
    summary.lag1 = lag1_of(ordered_in_time, summary.mean);
    const double r = std::clamp(summary.lag1, 0.0, 0.999);
    summary.n_effective = n * (1 - r) / (1 + r);
  }
  summary.p50 = percentile(sorted, 0.50, summary.n_effective);
  summary.p90 = percentile(sorted, 0.90, summary.n_effective);
  summary.p95 = percentile(sorted, 0.95, summary.n_effective);
  summary.p99 = percentile(sorted, 0.99, summary.n_effective);
  return summary;
}

double median(std::vector<double> values) {
  const std::size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(middle),
                   values.end());
  const double upper = values[middle];
  if (values.size() % 2 == 1) return upper;
  const double lower =
      *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(middle));
  return (lower + upper) / 2.0;
}

}  // namespace vernier
