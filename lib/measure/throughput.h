#pragma once

#include <cstdint>
#include <span>

#include "measure/measurement.h"

namespace vernier {

/// Runs times `batch` over the blocks' wall time (the sum of the runs where a block has none). The
/// interval is that of a ratio estimator over blocks (Cochran, "Sampling Techniques", 6.4) with
/// Student's t, its variance multiplied by (1 + r) / (1 - r) where the blocks' residuals are
/// significantly correlated. Both ends are 0 with fewer than 3 blocks; all is 0 without runs.
Throughput throughput_of(std::span<const BlockSamples> blocks, std::int64_t batch);

}  // namespace vernier
