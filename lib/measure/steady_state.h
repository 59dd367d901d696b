#pragma once

#include <span>

#include "measure/measurement.h"

namespace vernier {

/// Blocks below which nothing is said about a trend.
inline constexpr std::size_t kLeastTrendBlocks = 8;
/// Runs below which nothing is said about modes.
inline constexpr std::size_t kLeastModeRuns = 60;
/// Drift, steps and distances of modes below this share are not named.
inline constexpr double kLeastChange = 0.02;

/// Blocks in order of time.
/// - Drift: Theil-Sen slope of the block medians, interval from Kendall's statistic (Sen 1968), its
///   variance multiplied by (1 + r) / (1 - r) for significantly correlated residuals. Over 400
///   blocks, neighbours are averaged first.
/// - Steps: where the median before and after differ by 5 + 20 / n standard errors or more (scatter
///   from successive differences, which a step does not widen), applied again to the parts (binary
///   segmentation); each part has 4 blocks or more.
/// - Modes: after the trend is taken out, single runs in two groups (exact two-means of the
///   logarithms), each with 5 % of the runs or more. They count as modes when no distribution with
///   one mode fits: the least Kolmogorov distance to one that is convex before and concave after
///   some point (the idea of Hartigan & Hartigan's dip, 1985) is beyond what a uniform sample of
///   the effective size shows once in 50. A skewed distribution or a tail is no second mode.
///
/// Steps are believed rather than the slope where they leave less than half as much unexplained.
///
/// Classes: no_steady_state when a step lies in the last quarter, or when steps go up and down;
/// warm_up when the median falls over time, slowdown when it rises; then bimodal; then flat;
/// unknown with fewer than kLeastTrendBlocks blocks and no modes.
SteadyState classify_steady(std::span<const BlockSamples> blocks);

/// Sets steady_from_run and time_to_steady_ns by MSER-5 (White, "An effective truncation heuristic
/// for bias reduction in simulation output", 1997): the curve in batches of 5, of which the first
/// d, at most half, are cut off such that the variance of the rest over its length is least.
/// Batches are medians, so that one slow run is no start-up; batches at the cut that look like the
/// rest are then given back. A curve of fewer than 10 runs is steady from its first run.
void find_steady(WarmUp& warm_up);

}  // namespace vernier
