#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "quant/histogram.h"
#include "tensor/tensor.h"

namespace vernier {

/// Smallest and largest value after a number of samples.
struct RangeAfter {
  std::int64_t samples = 0;
  float low = 0.0F;
  float high = 0.0F;
};

/// What the channels of a tensor were multiplied by.
struct ChannelFactors {
  std::string tensor;
  std::vector<float> factors;
};

/// Largest magnitude of each channel, after all samples and after an early part of them.
struct ChannelWidths {
  std::vector<float> all;
  std::vector<float> early;  ///< empty: there were too few samples
  std::int64_t later_elements =
      0;  ///< of each channel, in the samples that came after the early ones
};

/// What is wrong with the `sample`-th sample (from 1): invalid_data E-CALIBRATION-VALUE.
Error not_finite_error(const std::string& tensor, std::int64_t sample);

/// What calibration keeps of one tensor: exact extremes and moments, a histogram, per-channel
/// extremes and means, averages of the samples' extremes. Memory does not grow with samples.
class TensorStats {
 public:
  /// The histogram counts at most this many elements of one sample, evenly spaced; everything else
  /// looks at all of them.
  static constexpr std::int64_t kMaxCounted = 16384;
  /// Weight of a new sample in the moving average (as ONNX Runtime's averaging constant).
  static constexpr double kMovingWeight = 0.01;

  TensorStats() = default;
  TensorStats(std::string name, int channel_axis)
      : name_(std::move(name)), channel_axis_(channel_axis) {}

  /// Adds the values that the tensor has for one sample (float32, any strides). Error: invalid_data
  /// E-CALIBRATION-VALUE naming the tensor for NaN or infinity; then nothing was added.
  Result<void> add_sample(const TensorView& view);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int channel_axis() const { return channel_axis_; }
  [[nodiscard]] std::int64_t samples() const { return samples_; }
  [[nodiscard]] float low() const { return low_; }
  [[nodiscard]] float high() const { return high_; }
  [[nodiscard]] double mean() const;
  [[nodiscard]] double mean_square() const;
  [[nodiscard]] const Histogram& histogram() const { return histogram_; }
  /// Averages over samples of their extremes: equal weights, and moving.
  [[nodiscard]] double mean_low() const;
  [[nodiscard]] double mean_high() const;
  [[nodiscard]] double moving_low() const { return moving_low_; }
  [[nodiscard]] double moving_high() const { return moving_high_; }
  /// Per channel; empty when the number of channels differed between samples.
  [[nodiscard]] const std::vector<float>& channel_low() const { return channel_low_; }
  [[nodiscard]] const std::vector<float>& channel_high() const { return channel_high_; }
  [[nodiscard]] std::vector<double> channel_mean() const;
  /// Empty when the number of channels differed between samples. The early part is the largest of
  /// 1, 2, 3, 4, 6, 8, 12, ... samples that is at most three quarters of all. Not kept in files.
  [[nodiscard]] ChannelWidths channel_widths() const;
  /// Extremes after 1, 2, 4, ... samples: what still moves at the end shows too few samples.
  [[nodiscard]] const std::vector<RangeAfter>& history() const { return history_; }

 private:
  friend class CalibrationTable;
  [[nodiscard]] std::vector<float> widths_now() const;
  void merge_channels(const std::vector<float>& low, const std::vector<float>& high,
                      const std::vector<double>& sum, std::int64_t count);

  std::string name_;
  int channel_axis_ = 1;
  std::int64_t samples_ = 0;
  std::int64_t elements_ = 0;
  float low_ = 0.0F;
  float high_ = 0.0F;
  double sum_ = 0.0;
  double sum_square_ = 0.0;
  double low_sum_ = 0.0;
  double high_sum_ = 0.0;
  double moving_low_ = 0.0;
  double moving_high_ = 0.0;
  bool channels_differ_ = false;
  std::int64_t channel_count_ = 0;  ///< elements of one channel so far
  std::vector<float> channel_low_;
  std::vector<float> channel_high_;
  std::vector<double> channel_sum_;
  struct Early {
    std::int64_t samples = 0;
    std::int64_t channel_count = 0;
    std::vector<float> widths;
  };
  std::array<Early, 3> early_;  // the newest last
  std::vector<RangeAfter> history_;
  Histogram histogram_;
};

}  // namespace vernier
