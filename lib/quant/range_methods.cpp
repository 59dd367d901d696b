#include "quant/range_methods.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

namespace vernier {
namespace {

constexpr int kLevels = 256;
constexpr std::size_t kBins = Histogram::kBins;

/// Sums over the bins of one sign beyond each bin edge.
class Tail {
 public:
  explicit Tail(const Histogram::Side& side)
      : width_(side.width()), count_(kBins + 1), first_(kBins + 1), second_(kBins + 1) {
    for (std::size_t i = kBins; i-- > 0;) {
      const auto n = static_cast<double>(side.bins[i]);
      const double x = side.middle(i);
      count_[i] = count_[i + 1] + n;
      first_[i] = first_[i + 1] + n * x;
      second_[i] = second_[i + 1] + n * x * x;
    }
  }
  [[nodiscard]] double edge(std::size_t i) const { return static_cast<double>(i) * width_; }
  [[nodiscard]] double count() const { return count_[0]; }
  [[nodiscard]] double beyond(std::size_t i) const { return count_[i]; }
  /// Sum of (x - cut)^2 over values in bins from the one that holds `cut`.
  [[nodiscard]] double clipping(double cut) const {
    if (width_ == 0.0) return 0.0;
    const auto i = static_cast<std::size_t>(
        std::clamp(std::ceil(cut / width_), 0.0, static_cast<double>(kBins)));
    return second_[i] - 2.0 * cut * first_[i] + cut * cut * count_[i];
  }

 private:
  double width_;
  std::vector<double> count_;
  std::vector<double> first_;
  std::vector<double> second_;
};

double total_error(const Tail& negative, const Tail& positive, Range range, int levels) {
  const double step = (range.high - range.low) / static_cast<double>(levels - 1);
  const double inside = (negative.count() + positive.count()) * step * step / 12.0;
  return inside + negative.clipping(-range.low) + positive.clipping(range.high);
}

/// Counts of |x|: both signs in bins of the wider one.
std::vector<double> magnitudes(const Histogram& histogram, double& width) {
  Histogram::Side negative = histogram.negative();
  Histogram::Side positive = histogram.positive();
  const double limit = std::max(negative.limit, positive.limit);
  if (negative.limit > 0.0) negative.grow(limit);
  if (positive.limit > 0.0) positive.grow(limit);
  width = limit / static_cast<double>(kBins);
  std::vector<double> counts(kBins);
  for (std::size_t i = 0; i < kBins; ++i) {
    counts[i] = static_cast<double>(negative.bins[i] + positive.bins[i]);
  }
  return counts;
}

/// Kullback-Leibler divergence of the first `size` bins and what `levels` groups keep of them.
double divergence_at(const std::vector<double>& counts, std::size_t size, double tail, int levels) {
  double reference_sum = 0.0;
  for (std::size_t i = 0; i < size; ++i) reference_sum += counts[i];
  const double kept = reference_sum;
  reference_sum += tail;
  if (kept <= 0.0) return std::numeric_limits<double>::infinity();
  constexpr double kSmooth = 1e-4;  // counts; keeps the logarithm finite
  double divergence = 0.0;
  for (int g = 0; g < levels; ++g) {
    const auto begin = static_cast<std::size_t>(g) * size / static_cast<std::size_t>(levels);
    const auto end = static_cast<std::size_t>(g + 1) * size / static_cast<std::size_t>(levels);
    double sum = 0.0;
    double filled = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += counts[i];
      const bool last = i + 1 == size;
      if (counts[i] > 0.0 || (last && tail > 0.0)) filled += 1.0;
    }
    for (std::size_t i = begin; i < end; ++i) {
      const double p_count = counts[i] + (i + 1 == size ? tail : 0.0);
      if (p_count <= 0.0) continue;
      const double p = p_count / reference_sum;
      const double q = std::max(sum / filled, kSmooth) / kept;
      divergence += p * std::log(p / q);
    }
  }
  return divergence;
}

}  // namespace

Range percentile_range(const Histogram& histogram, Range seen, double percentile) {
  const auto total = static_cast<double>(histogram.count());
  double cut = total * (100.0 - percentile) / 100.0;
  const Tail negative(histogram.negative());
  const Tail positive(histogram.positive());
  if (negative.count() > 0.0 && positive.count() > 0.0) cut /= 2.0;
  const auto end_of = [&](const Tail& tail) {
    if (tail.count() <= 0.0) return 0.0;
    std::size_t edge = kBins;
    while (edge > 1 && tail.beyond(edge - 1) <= cut) --edge;
    return tail.edge(edge);
  };
  return {std::max(seen.low, -end_of(negative)), std::min(seen.high, end_of(positive))};
}

Range entropy_range(const Histogram& histogram, Range seen, int levels) {
  double width = 0.0;
  const std::vector<double> counts = magnitudes(histogram, width);
  double tail = 0.0;
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = kBins;
  constexpr std::size_t kStep = 8;  // bins between thresholds: 0.4 % of the range
  for (std::size_t size = kBins; size >= static_cast<std::size_t>(levels); size -= kStep) {
    const double divergence = divergence_at(counts, size, tail, levels);
    if (divergence <= least) {
      least = divergence;
      best = size;
    }
    for (std::size_t i = size - kStep; i < size; ++i) tail += counts[i];
  }
  const double threshold = (static_cast<double>(best) + 0.5) * width;
  return {std::max(seen.low, -threshold), std::min(seen.high, threshold)};
}

double expected_error(const Histogram& histogram, Range range, int levels) {
  const auto total = static_cast<double>(histogram.count());
  if (total <= 0.0) return 0.0;
  return total_error(Tail(histogram.negative()), Tail(histogram.positive()), range, levels) / total;
}

Range mse_range(const Histogram& histogram, Range seen, int levels) {
  const Tail negative(histogram.negative());
  const Tail positive(histogram.positive());
  Range best = {std::min(seen.low, 0.0), std::max(seen.high, 0.0)};
  double least = total_error(negative, positive, best, levels);
  constexpr int kSweeps = 4;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    const Range before = best;
    for (std::size_t i = 1; i < kBins; ++i) {
      const Range low = {std::max(seen.low, -negative.edge(i)), best.high};
      const Range high = {best.low, std::min(seen.high, positive.edge(i))};
      for (const Range& candidate : {low, high}) {
        const bool other_sign = candidate.low > 0.0 || candidate.high < 0.0;
        if (other_sign || candidate.high <= candidate.low) continue;
        const double error = total_error(negative, positive, candidate, levels);
        if (error >= least) continue;
        least = error;
        best = candidate;
      }
    }
    if (best.low == before.low && best.high == before.high) break;
  }
  return best;
}

Range choose_range(const TensorStats& stats, const RangeMethod& method) {
  const Range seen = {std::min(static_cast<double>(stats.low()), 0.0),
                      std::max(static_cast<double>(stats.high()), 0.0)};
  Range range = seen;
  switch (method.kind) {
    case RangeKind::minmax:
      break;
    case RangeKind::mean_minmax:
      range = {stats.mean_low(), stats.mean_high()};
      break;
    case RangeKind::moving_average:
      range = {stats.moving_low(), stats.moving_high()};
      break;
    case RangeKind::percentile:
      range = percentile_range(stats.histogram(), seen, method.percentile);
      break;
    case RangeKind::entropy:
      range = entropy_range(stats.histogram(), seen, seen.low < 0.0 ? kLevels / 2 : kLevels);
      break;
    case RangeKind::mse:
      range = mse_range(stats.histogram(), seen, kLevels);
      break;
  }
  return {std::min(range.low, 0.0), std::max(range.high, 0.0)};
}

Result<RangeMethod> parse_range_method(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  RangeMethod method;
  if (word == "percentile") {
    method.kind = RangeKind::percentile;
    if (colon == std::string_view::npos) return method;
    const std::string_view number = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), method.percentile);
    if (error == std::errc() && end == number.data() + number.size() && method.percentile >= 50.0 &&
        method.percentile <= 100.0) {
      return method;
    }
    return usage_error("the percentile of '" + std::string(text) + "' must be 50 to 100",
                       "E-RANGE-METHOD");
  }
  for (const auto& [name, kind] : {std::pair{"minmax", RangeKind::minmax},
                                   {"mean-minmax", RangeKind::mean_minmax},
                                   {"moving-average", RangeKind::moving_average},
                                   {"entropy", RangeKind::entropy},
                                   {"mse", RangeKind::mse}}) {
    if (text != name) continue;
    method.kind = kind;
    return method;
  }
  return usage_error("there is no range method '" + std::string(text) +
                         "' (there are: minmax, mean-minmax, moving-average, percentile[:P], "
                         "entropy, mse)",
                     "E-RANGE-METHOD");
}

std::string range_method_name(const RangeMethod& method) {
  switch (method.kind) {
    case RangeKind::minmax:
      return "minmax";
    case RangeKind::mean_minmax:
      return "mean-minmax";
    case RangeKind::moving_average:
      return "moving-average";
    case RangeKind::entropy:
      return "entropy";
    case RangeKind::mse:
      return "mse";
    case RangeKind::percentile:
      break;
  }
  std::string number = std::to_string(method.percentile);
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return "percentile:" + number;
}

}  // namespace vernier
