#pragma once

#include <span>

#include "measure/measurement.h"

namespace vernier {

/// Runs beyond Tukey's fences: 1.5 (mild) or 3 (severe) interquartile ranges below the first or
/// above the third quartile (nearest rank) of all runs of an engine; quartiles do not move with a
/// few blocks that lie elsewhere. The range counts as 0.1 % of the median at least, so that a
/// series without scatter has no outliers by a nanosecond.
///
/// The cause of a slow run is the first of these that was seen:
/// - of the run itself: "page fault" (major), "context switch" (involuntary), "page fault" (minor);
///   a count that half of all runs reach is no cause;
/// - of its block: "steal" (any tick), "frequency" (5 % or more below the median of the blocks),
///   "other process" (a tenth or more of the block's time);
/// - else "unknown". A fast run has no cause that is looked for: "unknown".
///
/// Fewer than 12 runs have none. Nothing is removed from the blocks.
Outliers label_outliers(std::span<const BlockSamples> blocks);

}  // namespace vernier
