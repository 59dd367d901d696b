#pragma once

#include <cstdint>
#include <span>

namespace vernier {

/// One sample before and after a change: 1 and 0 for right and wrong, or any score of which more is
/// better.
struct PairedScore {
  double before = 0.0;
  double after = 0.0;
};

/// How much was lost on average.
struct AccuracyDrop {
  double before = 0.0;  ///< mean
  double after = 0.0;
  double drop = 0.0;  ///< before - after
  double low = 0.0;   ///< 95 % interval of the drop
  double high = 0.0;
  std::int64_t samples = 0;
};

/// The samples are pairs. With scores of 0 and 1 the interval is Tango's (score interval for the
/// difference of paired proportions, Statistics in Medicine 17:891, 1998), which holds where
/// nothing or nearly nothing was lost; otherwise mean +- Student's t standard errors. Without
/// samples all is 0; with one sample of other scores the interval is the value.
AccuracyDrop accuracy_drop(std::span<const PairedScore> scores);

}  // namespace vernier
