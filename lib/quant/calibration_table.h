#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "quant/tensor_stats.h"

namespace vernier {

/// What calibrating one model gave: statistics of every tensor that may be quantized. From it
/// ranges can be chosen again by any method without data.
class CalibrationTable {
 public:
  std::string model_sha256;  ///< of the file that was calibrated
  std::string data;          ///< what the samples were, for people
  std::int64_t samples = 0;
  std::int64_t skipped = 0;  ///< samples that could not be read

  /// What the model's channels were multiplied by before these statistics.
  std::vector<ChannelFactors> channels;

  [[nodiscard]] const std::vector<TensorStats>& tensors() const { return tensors_; }
  /// The reference is valid until the next add.
  TensorStats& add(TensorStats stats);
  [[nodiscard]] TensorStats* find(std::string_view name);
  [[nodiscard]] const TensorStats* find(std::string_view name) const;

  /// An .npz that numpy reads: `names`, `figures` (one row a tensor: samples, elements, low, high,
  /// sum, square sum, low sum, high sum, moving low, moving high, channel axis, channel count,
  /// limits of the negative and the positive bins, zeros), `negative_bins`, `positive_bins`,
  /// `channel_counts` with `channel_low`, `channel_high`, `channel_sum` end to end, `history`
  /// (tensor, samples, low, high), `equalized` names with `equalized_counts` and
  /// `equalized_factors`, `about`. Whole or not at all. Errors: output.
  [[nodiscard]] Result<void> save(const std::string& path) const;
  /// Errors: invalid_data E-CALIBRATION-TABLE, those of npz files.
  static Result<CalibrationTable> load(const std::string& path);

 private:
  std::vector<TensorStats> tensors_;
};

}  // namespace vernier
