#pragma once

#include "measure/statistics.h"
#include "vernier/bench.h"

namespace vernier {

/// A percentile in the public form.
inline PercentileFigure figure_of(const Percentile& percentile) {
  return {percentile.value, percentile.ci_low, percentile.ci_high, percentile.reason};
}

}  // namespace vernier
