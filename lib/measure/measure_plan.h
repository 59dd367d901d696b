#pragma once

#include <span>

#include "measure/block_compare.h"
#include "measure/measurement.h"

namespace vernier {

/// Rounds after which paired_ratio's 95 % interval has a half-width of `resolve` (share, > 0) or
/// less in about four of five measurements: the standard deviation of the pilot's paired
/// differences is taken at its upper 80 % bound (chi-square), the interval as
/// t s / sqrt(0.955 n) (0.955: efficiency of the signed-rank interval under normal scatter). No
/// fewer than `least_rounds`. `round_s` is what a round of all engines takes, all overheads
/// included. With a budget (seconds for the rounds; 0: none): whether they fit, and the half-width
/// that the rounds within the budget lead to (infinite with fewer than kLeastPairs). Without a
/// budget reachable_resolve is that of the planned rounds. A pilot of fewer than 3 pairs plans
/// nothing: rounds = 0, possible = false, reachable_resolve infinite. With PairUnit::process a
/// "round" is a process of each engine.
MeasurePlan plan_measurement(std::span<const BlockSamples> baseline,
                             std::span<const BlockSamples> contender, double resolve,
                             double budget_s, double round_s, int least_rounds = kLeastPairs,
                             PairUnit unit = PairUnit::block);

/// Whether half of p50's interval is at most `precision` of it. False while p50 is withheld.
bool precise_enough(const LatencySummary& latency, double precision);

/// Whether half of the ratio's interval is at most `resolve`; false with too few pairs for one.
bool precise_enough(const RatioEstimate& ratio, double resolve);

/// 8, 16, 32, ...: the rounds after which to ask, so that asking often does not pick a moment at
/// which the intervals happen to be narrow.
bool is_decision_round(int rounds_done) noexcept;

}  // namespace vernier
