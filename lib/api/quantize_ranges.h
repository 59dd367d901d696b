#pragma once

#include "api/quantize_model.h"

namespace vernier {

/// 1.2 where few samples set the ranges, so that others will be beyond them; otherwise 1.
double head_room(const CalibrationTable& table);

/// Chooses ranges by error, for calibrated samples:
/// - minmax for all; with head room (1.2 times as wide) where few samples set the ranges: a quarter
///   of the tensors or more reaches, on average over samples, a third of its range or less.
/// - for single tensors percentile 99.999, 99.99 or mse instead, when rounding this tensor alone
///   leaves less than a third of minmax's noise in the outputs of the nodes that read it (4
///   samples), and less noise in the outputs of the model (8 samples). Noise counts twice, as that
///   of all samples together and as the mean of each sample's share of its signal, and both must be
///   less.
/// Half of the samples are those that set the most ranges.
Result<RangeRule> ranges_by_output(FloatModel& model, const QdqPlacement& placement,
                                   const QuantTarget& target, const SampleSet& samples,
                                   const CalibrationTable& table, const ProgressText& progress);

}  // namespace vernier
