#include "measure/distributions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vernier {
namespace {

constexpr int kMaxTerms = 100'000;
constexpr double kTiny = 1e-300;

double away_from_zero(double value) { return std::abs(value) < kTiny ? kTiny : value; }

double log_gamma(double x) {
  int sign = 0;  // lgamma_r: lgamma itself writes a global
  return lgamma_r(x, &sign);
}

/// The fraction converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  double c = 1.0;
  double d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
  double value = d;
  for (int i = 1; i < kMaxTerms; ++i) {
    const double m = i;
    const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
    d = 1.0 / away_from_zero(1.0 + even * d);
    c = away_from_zero(1.0 + even / c);
    value *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
    d = 1.0 / away_from_zero(1.0 + odd * d);
    c = away_from_zero(1.0 + odd / c);
    value *= c * d;
    if (std::abs(c * d - 1.0) < 1e-13) break;
  }
  return value;
}

/// Running sums of `counts` as shares of their total.
std::vector<double> cumulative(std::vector<double> counts) {
  std::partial_sum(counts.begin(), counts.end(), counts.begin());
  const double total = counts.back();
  for (double& count : counts) count /= total;
  return counts;
}

}  // namespace

double incomplete_beta(double a, double b, double x) {
  if (x <= 0.0) return 0.0;
  if (x >= 1.0) return 1.0;
  const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) +
                                b * std::log1p(-x));
  if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
  return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

double student_t(double degrees, double confidence) {
  double low = 0.0;
  double high = 2.0;
  const auto outside = [&](double t) {
    return incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t));
  };
  while (outside(high) > 1.0 - confidence && high < 1e9) high *= 2.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2.0;
    (outside(middle) > 1.0 - confidence ? low : high) = middle;
  }
  return (low + high) / 2.0;
}

double chi_square_ratio(double degrees, double z) {
  const double s = 2.0 / (9.0 * degrees);
  return std::pow(std::max(1.0 - s + z * std::sqrt(s), 0.0), 3.0);
}

std::vector<double> signed_rank_distribution(int n) {
  const auto count = static_cast<std::size_t>(n);
  std::vector<double> ways(count * (count + 1) / 2 + 1, 0.0);
  ways[0] = 1.0;
  std::size_t top = 0;
  for (std::size_t rank = 1; rank <= count; ++rank) {
    top += rank;
    for (std::size_t sum = top; sum >= rank; --sum) ways[sum] += ways[sum - rank];
  }
  return cumulative(std::move(ways));
}

std::vector<double> mann_whitney_distribution(int n, int m) {
  // Coefficients of the Gaussian binomial (n + m over n): multiply by 1 - x^(m + i), divide by
  // 1 - x^i, for i = 1 ... n.
  const auto top = static_cast<std::size_t>(n) * static_cast<std::size_t>(m);
  std::vector<double> ways(top + 1, 0.0);
  ways[0] = 1.0;
  for (int i = 1; i <= n; ++i) {
    const auto up = static_cast<std::size_t>(m + i);
    const auto down = static_cast<std::size_t>(i);
    for (std::size_t u = top; u >= up; --u) ways[u] -= ways[u - up];
    for (std::size_t u = down; u <= top; ++u) ways[u] += ways[u - down];
  }
  return cumulative(std::move(ways));
}

}  // namespace vernier
