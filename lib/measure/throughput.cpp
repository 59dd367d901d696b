#include "measure/throughput.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "measure/distributions.h"

namespace vernier {
namespace {

constexpr std::size_t kLeastBlocks = 3;
constexpr double kUpperTwentieth = 1.6449;

}  // namespace

Throughput throughput_of(std::span<const BlockSamples> blocks, std::int64_t batch) {
  std::vector<std::pair<double, double>> work;  // samples, seconds
  double samples = 0.0;
  double seconds = 0.0;
  for (const BlockSamples& block : blocks) {
    const std::int64_t busy = std::accumulate(block.ns.begin(), block.ns.end(), std::int64_t{0});
    const std::int64_t wall = block.wall_ns > 0 ? block.wall_ns : busy;
    if (block.ns.empty() || wall <= 0) continue;
    work.emplace_back(static_cast<double>(block.ns.size()) * static_cast<double>(batch),
                      static_cast<double>(wall) * 1e-9);
    samples += work.back().first;
    seconds += work.back().second;
  }
  Throughput result;
  if (work.empty()) return result;
  result.per_s = samples / seconds;
  if (work.size() < kLeastBlocks) return result;
  std::vector<double> residuals;
  double squares = 0.0;
  for (const auto& [done, time] : work) {
    residuals.push_back(done - result.per_s * time);
    squares += residuals.back() * residuals.back();
  }
  const auto n = static_cast<double>(work.size());
  double variance = squares * n / (n - 1.0) / (seconds * seconds);
  const double r = std::min(lag1_correlation(residuals), 0.9);
  if (r > kUpperTwentieth / std::sqrt(n)) variance *= (1.0 + r) / (1.0 - r);
  const double half = student_t(n - 1.0, 0.95) * std::sqrt(variance);
  result.ci_low = std::max(result.per_s - half, 0.0);
  result.ci_high = result.per_s + half;
  return result;
}

}  // namespace vernier
