#include "measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "measure/distributions.h"
#include "measure/measurement.h"

namespace vernier {
namespace {

using Series = std::span<const std::int64_t>;

constexpr double kTail = 0.025;
constexpr std::size_t kMaxLag = 300;
constexpr std::int64_t kLeastClusters = 8;
constexpr std::int64_t kMostBatches = 30;
constexpr std::int64_t kLeastBatch = 8;  // runs
// Upper 15 % and 1 % of the normal distribution.
constexpr double kBlocksMatter = 1.0364;
constexpr double kBatchesMatter = 2.3263;
constexpr double kUpperTwentieth = 1.6449;
constexpr double kMostCorrelation = 0.9;

/// I = (x <= limit) of every run, block by block, and their share of ones.
struct Indicators {
  std::vector<std::vector<std::uint8_t>> blocks;
  double n = 0.0;
  double share = 0.0;
};

Indicators indicators_of(std::span<const Series> blocks, std::int64_t limit) {
  Indicators result;
  std::int64_t ones = 0;
  for (const Series block : blocks) {
    if (block.empty()) continue;
    auto& bits = result.blocks.emplace_back(block.size());
    for (std::size_t i = 0; i < block.size(); ++i) {
      bits[i] = block[i] <= limit ? std::uint8_t{1} : std::uint8_t{0};
      ones += bits[i];
    }
    result.n += static_cast<double>(block.size());
  }
  if (result.n > 0.0) result.share = static_cast<double>(ones) / result.n;
  return result;
}

std::int64_t count(std::span<const std::uint8_t> bits) {
  return std::accumulate(bits.begin(), bits.end(), std::int64_t{0});
}

/// Autocovariance of the indicators at a lag, over all pairs within blocks; divided by n.
double autocovariance(const Indicators& indicators, std::size_t lag) {
  const double p = indicators.share;
  double sum = 0.0;
  for (const auto& bits : indicators.blocks) {
    if (bits.size() <= lag) continue;
    const std::size_t pairs = bits.size() - lag;
    std::int64_t both = 0;
    for (std::size_t i = 0; i < pairs; ++i) both += bits[i] & bits[i + lag];
    const std::span<const std::uint8_t> all(bits);
    const std::int64_t ends = count(all.first(pairs)) + count(all.last(pairs));
    sum += static_cast<double>(both) - p * static_cast<double>(ends) +
           p * p * static_cast<double>(pairs);
  }
  return sum / indicators.n;
}

/// Variance of the share, as a multiple of that of independent runs.
double inflation_within(const Indicators& indicators) {
  std::size_t longest = 0;
  for (const auto& bits : indicators.blocks) longest = std::max(longest, bits.size());
  const double variance = autocovariance(indicators, 0);
  double sum = -variance;
  double previous = 2.0 * variance;
  const double noise = variance * std::sqrt(2.0 / indicators.n);
  for (std::size_t lag = 0; lag < std::min(longest, kMaxLag); lag += 2) {
    const double pair = autocovariance(indicators, lag) + autocovariance(indicators, lag + 1);
    if (lag > 0 && pair <= noise) break;
    previous = std::min(previous, std::max(pair, 0.0));
    sum += 2.0 * previous;
  }
  return std::max(sum / variance, 1.0);
}

/// Sums of the indicators about their mean: of blocks, or of batches of few blocks.
std::vector<double> cluster_sums(const Indicators& indicators) {
  std::vector<double> sums;
  const auto add = [&](std::span<const std::uint8_t> bits) {
    const double expected = indicators.share * static_cast<double>(bits.size());
    sums.push_back(static_cast<double>(count(bits)) - expected);
  };
  const bool few = static_cast<std::int64_t>(indicators.blocks.size()) < kLeastClusters;
  const auto n = static_cast<std::int64_t>(indicators.n);
  const std::int64_t batches = std::clamp(n / kLeastBatch, std::int64_t{1}, kMostBatches);
  for (const auto& bits : indicators.blocks) {
    const std::span<const std::uint8_t> all(bits);
    const auto size = static_cast<std::int64_t>(bits.size());
    const std::int64_t parts =
        few ? std::clamp((batches * size + n / 2) / n, std::int64_t{1}, size) : 1;
    for (std::int64_t i = 0; i < parts; ++i) {
      const std::int64_t begin = size * i / parts;
      const std::int64_t end = size * (i + 1) / parts;
      add(all.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    }
  }
  return sums;
}

double mean_lag1(std::span<const Series> blocks) {
  double variance = 0.0;
  double covariance = 0.0;
  for (const Series block : blocks) {
    if (block.size() < 2) continue;
    double mean = 0.0;
    for (const std::int64_t x : block) mean += static_cast<double>(x);
    mean /= static_cast<double>(block.size());
    double before = 0.0;
    for (const std::int64_t x : block) {
      const double d = static_cast<double>(x) - mean;
      variance += d * d;
      covariance += d * before;
      before = d;
    }
  }
  return variance > 0.0 ? covariance / variance : 0.0;
}

std::string more_runs(double needed, double effective, std::int64_t n) {
  const double runs = effective >= 1.0 ? needed * static_cast<double>(n) / effective : needed;
  const auto more = static_cast<std::int64_t>(std::ceil(runs)) - n;
  return "needs about " + std::to_string(std::max<std::int64_t>(more, 1)) +
         " more runs like these, has " + std::to_string(n) +
         (effective < 0.9 * static_cast<double>(n)
              ? ", which depend on each other and are worth " +
                    std::to_string(static_cast<std::int64_t>(effective))
              : std::string());
}

Percentile percentile(const std::vector<std::int64_t>& sorted, std::span<const Series> blocks,
                      double q) {
  Percentile result;
  result.q = q;
  const auto n = static_cast<std::int64_t>(sorted.size());
  if (n == 0) {
    result.reason = more_runs(static_cast<double>(needed_runs(q)), 0.0, 0);
    return result;
  }
  const auto at = [&](std::int64_t rank) {
    return sorted[static_cast<std::size_t>(std::clamp<std::int64_t>(rank, 1, n) - 1)];
  };
  // The product is corrected by a hair, so that 0.95 * 100 is rank 95 and not 96.
  const double exact = q * static_cast<double>(n);
  const std::int64_t value = at(static_cast<std::int64_t>(std::ceil(exact - 1e-9 * exact)));
  result.n_effective = effective_size(blocks, value);
  const auto needed = static_cast<double>(needed_runs(q));
  if (result.n_effective < needed) {
    result.reason = more_runs(needed, result.n_effective, n);
    return result;
  }
  const RankInterval ranks = rank_interval(n, result.n_effective, q);
  result.value = value;
  result.ci_low = std::min(at(ranks.low), value);
  result.ci_high = std::max(at(ranks.high), value);
  return result;
}

LatencySummary summarize_series(std::span<const Series> blocks) {
  LatencySummary summary;
  std::vector<std::int64_t> sorted;
  for (const Series block : blocks) sorted.insert(sorted.end(), block.begin(), block.end());
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
    summary.lag1 = mean_lag1(blocks);
  }
  summary.p50 = percentile(sorted, blocks, 0.50);
  summary.p90 = percentile(sorted, blocks, 0.90);
  summary.p95 = percentile(sorted, blocks, 0.95);
  summary.p99 = percentile(sorted, blocks, 0.99);
  summary.n_effective = summary.p50.n_effective;
  return summary;
}

/// P(B <= k - 1) for B ~ Bin(n, q), continued to real n and k in (0, n + 1).
double binomial_below(double n, double k, double q) {
  return 1.0 - incomplete_beta(k, n - k + 1.0, q);
}

/// The real k at which binomial_below reaches `probability`; within [0, n + 1].
double binomial_rank(double n, double q, double probability) {
  double low = 0.0;
  double high = n + 1.0;
  for (int i = 0; i < 60 && high - low > 1e-9; ++i) {
    const double middle = (low + high) / 2.0;
    (binomial_below(n, middle, q) <= probability ? low : high) = middle;
  }
  return (low + high) / 2.0;
}

}  // namespace

double effective_size(std::span<const Series> blocks, std::int64_t limit) {
  const Indicators indicators = indicators_of(blocks, limit);
  const double variance = indicators.share * (1.0 - indicators.share);
  if (!(variance > 0.0)) return indicators.n;
  double inflation = inflation_within(indicators);
  const std::vector<double> sums = cluster_sums(indicators);
  const auto clusters = static_cast<double>(sums.size());
  if (static_cast<std::int64_t>(sums.size()) >= kLeastClusters) {
    double squares = 0.0;
    for (const double sum : sums) squares += sum * sum;
    const double small = clusters / (clusters - 1.0);
    double between = squares * small / indicators.n / variance;
    const double r = lag1_correlation(sums);
    if (r > kUpperTwentieth / std::sqrt(clusters)) {
      const double bounded = std::min(r, kMostCorrelation);
      between *= (1.0 + bounded) / (1.0 - bounded);
    }
    const bool blocks_known = static_cast<std::int64_t>(indicators.blocks.size()) >= kLeastClusters;
    const double matters = blocks_known ? kBlocksMatter : kBatchesMatter;
    if (between > chi_square_ratio(clusters - 1.0, matters) * inflation) {
      const double wider = student_t(clusters - 1.0, 0.95) / kNormal95;
      inflation = std::max(inflation, between * small * wider * wider);
    }
  }
  return indicators.n / inflation;
}

RankInterval rank_interval(std::int64_t n, double q) {
  return rank_interval(n, static_cast<double>(n), q);
}

RankInterval rank_interval(std::int64_t n, double n_effective, double q) {
  const double stretch = static_cast<double>(n) / n_effective;
  const auto rank = [&](double k) { return (k - 0.5) * stretch + 0.5; };
  // Integer ranks come out a hair beside themselves.
  const double low = rank(binomial_rank(n_effective, q, kTail)) + 1e-7;
  const double high = rank(binomial_rank(n_effective, q, 1.0 - kTail)) - 1e-7;
  RankInterval ranks;
  ranks.low = std::max<std::int64_t>(static_cast<std::int64_t>(std::floor(low)), 0);
  ranks.high = std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(high)), n + 1);
  return ranks;
}

std::int64_t needed_runs(double q) {
  // High side: 1 - q^n >= 97.5 %; low side: (1 - q)^n <= 2.5 %.
  const double high = std::log(kTail) / std::log(q);
  const double low = std::log(kTail) / std::log1p(-q);
  return static_cast<std::int64_t>(std::ceil(std::max(high, low)));
}

LatencySummary summarize(Series ordered_in_time) {
  return summarize_series(std::span<const Series>(&ordered_in_time, 1));
}

LatencySummary summarize(std::span<const BlockSamples> blocks) {
  std::vector<Series> series;
  series.reserve(blocks.size());
  for (const BlockSamples& block : blocks) series.emplace_back(block.ns);
  return summarize_series(series);
}

double lag1_correlation(std::span<const double> values) {
  if (values.size() < 2) return 0.0;
  double mean = 0.0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  double variance = 0.0;
  double covariance = 0.0;
  double before = 0.0;
  for (const double value : values) {
    const double d = value - mean;
    variance += d * d;
    covariance += d * before;
    before = d;
  }
  return variance > 0.0 ? covariance / variance : 0.0;
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
