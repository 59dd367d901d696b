#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "quant/linear_quant.h"
#include "quant/tensor_stats.h"

namespace vernier {

enum class RangeKind : std::uint8_t {
  minmax,          ///< all that was seen
  mean_minmax,     ///< averages of the samples' extremes
  moving_average,  ///< moving averages of them
  percentile,      ///< the tails beyond a percentile are cut
  entropy,         ///< least Kullback-Leibler divergence
  mse,             ///< least squared error
};

/// A way of choosing a range. `percentile` counts only for that kind.
struct RangeMethod {
  RangeKind kind = RangeKind::mse;
  double percentile = 99.99;
};

/// "minmax", "mean-minmax", "moving-average", "percentile" (99.99), "percentile:99.9", "entropy",
/// "mse". Error: usage E-RANGE-METHOD.
Result<RangeMethod> parse_range_method(std::string_view text);
std::string range_method_name(const RangeMethod& method);

/// The range of a tensor that becomes 8-bit integers (256 levels), never beyond what was seen, 0
/// included.
Range choose_range(const TensorStats& stats, const RangeMethod& method);

/// Cuts so that at most (100 - percentile) % of the values lie outside: all of it at the far end
/// when values have one sign, half at each end otherwise. Whole bins; seen extremes bound it.
Range percentile_range(const Histogram& histogram, Range seen, double percentile);
/// TensorRT's calibration (S. Migacz, "8-bit Inference with TensorRT", GTC 2017) as it is meant:
/// for thresholds every 8 bins the histogram of |x| with the tail in its last bin is compared with
/// what `levels` quantization levels keep of it without the tail; groups are summed as real
/// numbers.
Range entropy_range(const Histogram& histogram, Range seen, int levels);
/// Least sum over all values of rounding error (step^2 / 12) and squared clipping distance, found
/// by coordinate descent over bin edges (4 sweeps over both ends).
Range mse_range(const Histogram& histogram, Range seen, int levels);
/// That sum divided by the number of values.
double expected_error(const Histogram& histogram, Range range, int levels);

}  // namespace vernier
