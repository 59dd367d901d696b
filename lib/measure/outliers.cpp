#include "measure/outliers.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace vernier {
namespace {

constexpr std::size_t kLeastRuns = 12;
constexpr double kSlowClock = 0.95;
constexpr double kOtherShare = 0.1;

using Counter = std::int64_t TimedRuns::Event::*;

/// What half of the runs have of a kind of event.
std::int64_t usual_count(std::span<const BlockSamples> blocks, std::size_t runs, Counter counter) {
  std::vector<std::int64_t> counts;
  for (const BlockSamples& block : blocks) {
    for (const TimedRuns::Event& event : block.events) counts.push_back(event.*counter);
  }
  if (2 * counts.size() < runs) return 0;
  counts.resize(std::max(counts.size(), runs), 0);
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  return *middle;
}

class Causes {
 public:
  Causes(std::span<const BlockSamples> blocks, std::size_t runs)
      : major_(usual_count(blocks, runs, &TimedRuns::Event::major_faults)),
        switches_(usual_count(blocks, runs, &TimedRuns::Event::involuntary_switches)),
        minor_(usual_count(blocks, runs, &TimedRuns::Event::minor_faults)) {
    std::vector<double> clocks;
    for (const BlockSamples& block : blocks) {
      if (block.cpu_mhz) clocks.push_back(*block.cpu_mhz);
    }
    if (!clocks.empty()) clock_ = median(std::move(clocks));
  }

  [[nodiscard]] std::string of(const BlockSamples& block, std::int64_t run) const {
    TimedRuns::Event seen;
    for (const TimedRuns::Event& event : block.events) {
      if (event.run != run) continue;
      seen.involuntary_switches += event.involuntary_switches;
      seen.minor_faults += event.minor_faults;
      seen.major_faults += event.major_faults;
    }
    if (seen.major_faults > major_) return "page fault";
    if (seen.involuntary_switches > switches_) return "context switch";
    if (seen.minor_faults > minor_) return "page fault";
    if (block.steal_ticks > 0) return "steal";
    if (block.cpu_mhz && *block.cpu_mhz < kSlowClock * clock_) return "frequency";
    const double share = kOtherShare * static_cast<double>(block.wall_ns);
    if (block.wall_ns > 0 && static_cast<double>(block.other_busy_ns) >= share) {
      return "other process";
    }
    return "unknown";
  }

 private:
  std::int64_t major_;
  std::int64_t switches_;
  std::int64_t minor_;
  double clock_ = 0.0;
};

}  // namespace

Outliers label_outliers(std::span<const BlockSamples> blocks) {
  Outliers outliers;
  std::vector<std::int64_t> all;
  for (const BlockSamples& block : blocks) all.insert(all.end(), block.ns.begin(), block.ns.end());
  if (all.size() < kLeastRuns) return outliers;
  const auto quantile = [&](std::size_t quarters) {
    const auto rank = static_cast<std::ptrdiff_t>((quarters * all.size() + 3) / 4 - 1);
    std::nth_element(all.begin(), all.begin() + rank, all.end());
    return static_cast<double>(all[static_cast<std::size_t>(rank)]);
  };
  const double first = quantile(1);
  const double middle = quantile(2);
  const double third = quantile(3);
  const double range = std::max(third - first, 1e-3 * middle);
  const Causes causes(blocks, all.size());
  std::map<std::string, std::int64_t> counts;
  for (const BlockSamples& block : blocks) {
    for (std::size_t i = 0; i < block.ns.size(); ++i) {
      const auto x = static_cast<double>(block.ns[i]);
      const double beyond = std::max(first - x, x - third) / range;
      if (beyond <= 1.5) continue;
      Outlier outlier;
      outlier.round = block.round;
      outlier.run = static_cast<std::int64_t>(i);
      outlier.ns = block.ns[i];
      outlier.severe = beyond > 3.0;
      outlier.cause = x > third ? causes.of(block, outlier.run) : "unknown";
      ++(outlier.severe ? outliers.severe : outliers.mild);
      ++counts[outlier.cause];
      outliers.listed.push_back(std::move(outlier));
    }
  }
  outliers.causes.assign(counts.begin(), counts.end());
  std::stable_sort(outliers.causes.begin(), outliers.causes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::stable_sort(outliers.listed.begin(), outliers.listed.end(),
                   [](const Outlier& a, const Outlier& b) { return a.ns > b.ns; });
  if (outliers.listed.size() > kMaxListedOutliers) outliers.listed.resize(kMaxListedOutliers);
  return outliers;
}

}  // namespace vernier
