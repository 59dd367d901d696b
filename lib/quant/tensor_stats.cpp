#include "quant/tensor_stats.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/channel_walk.h"

namespace vernier {
namespace {

/// Extremes and sums of one channel of one sample.
struct ChannelFigures {
  std::vector<float> low;
  std::vector<float> high;
  std::vector<double> sum;
  std::vector<double> square;

  explicit ChannelFigures(std::size_t channels)
      : low(channels, std::numeric_limits<float>::infinity()),
        high(channels, -std::numeric_limits<float>::infinity()),
        sum(channels, 0.0),
        square(channels, 0.0) {}
};

/// Lanes that the compiler keeps in vector registers.
constexpr std::size_t kLanes = 16;

void add_run(const float* values, std::size_t count, ChannelFigures& figures, std::size_t channel) {
  float low[kLanes];
  float high[kLanes];
  float sum[kLanes] = {};
  float square[kLanes] = {};
  std::fill_n(low, kLanes, figures.low[channel]);
  std::fill_n(high, kLanes, figures.high[channel]);
  std::size_t i = 0;
  while (i + kLanes <= count) {
    // Float sums of short runs, so that the error stays that of a few hundred additions.
    const std::size_t end = std::min(count, i + 256 * kLanes);
    for (; i + kLanes <= end; i += kLanes) {
      for (std::size_t k = 0; k < kLanes; ++k) {
        const float x = values[i + k];
        low[k] = x < low[k] ? x : low[k];
        high[k] = x > high[k] ? x : high[k];
        sum[k] += x;
        square[k] += x * x;
      }
    }
    for (std::size_t k = 0; k < kLanes; ++k) {
      figures.sum[channel] += static_cast<double>(sum[k]);
      figures.square[channel] += static_cast<double>(square[k]);
      sum[k] = square[k] = 0.0F;
    }
  }
  for (; i < count; ++i) {
    const float x = values[i];
    low[0] = std::min(low[0], x);
    high[0] = std::max(high[0], x);
    figures.sum[channel] += static_cast<double>(x);
    figures.square[channel] += static_cast<double>(x) * static_cast<double>(x);
  }
  figures.low[channel] = *std::min_element(low, low + kLanes);
  figures.high[channel] = *std::max_element(high, high + kLanes);
}

/// Pixels of all channels side by side.
class PixelSums {
 public:
  explicit PixelSums(std::size_t channels) : sum_(channels, 0.0F), square_(channels, 0.0F) {}
  void add(const float* pixel, ChannelFigures& figures) {
    float* low = figures.low.data();
    float* high = figures.high.data();
    const std::size_t channels = sum_.size();
    for (std::size_t c = 0; c < channels; ++c) {
      const float x = pixel[c];
      low[c] = x < low[c] ? x : low[c];
      high[c] = x > high[c] ? x : high[c];
      sum_[c] += x;
      square_[c] += x * x;
    }
    if (++pixels_ == 256) flush(figures);
  }
  void flush(ChannelFigures& figures) {
    for (std::size_t c = 0; c < sum_.size(); ++c) {
      figures.sum[c] += static_cast<double>(sum_[c]);
      figures.square[c] += static_cast<double>(square_[c]);
      sum_[c] = square_[c] = 0.0F;
    }
    pixels_ = 0;
  }

 private:
  std::vector<float> sum_;
  std::vector<float> square_;
  int pixels_ = 0;
};

ChannelFigures figures_of(const TensorView& view, const ChannelWalk& walk) {
  ChannelFigures figures(static_cast<std::size_t>(walk.channels));
  if (walk.channels_inside) {
    PixelSums sums(figures.low.size());
    walk.for_each_run(
        view, [&](const float* run, std::int64_t, std::int64_t) { sums.add(run, figures); });
    sums.flush(figures);
  } else {
    walk.for_each_run(view, [&](const float* run, std::int64_t count, std::int64_t channel) {
      add_run(run, static_cast<std::size_t>(count), figures, static_cast<std::size_t>(channel));
    });
  }
  return figures;
}

}  // namespace

Result<void> TensorStats::add_sample(const TensorView& view) {
  const std::int64_t count = view.element_count();
  if (count == 0) return {};
  const ChannelWalk walk(view, channel_axis_);
  const ChannelFigures figures = figures_of(view, walk);
  float low = figures.low[0];
  float high = figures.high[0];
  double sum = 0.0;
  double square = 0.0;
  for (std::size_t c = 0; c < figures.low.size(); ++c) {
    low = std::min(low, figures.low[c]);
    high = std::max(high, figures.high[c]);
    sum += figures.sum[c];
    square += figures.square[c];
  }
  // NaN passes the comparisons above, but not the sums.
  if (!std::isfinite(low) || !std::isfinite(high) || std::isnan(sum)) {
    Error error = invalid_data(
        "the tensor has values that are not finite in sample " + std::to_string(samples_ + 1),
        "E-CALIBRATION-VALUE");
    error.where.tensor = name_;
    return error;
  }
  if (samples_ == 0) {
    low_ = low;
    high_ = high;
    moving_low_ = static_cast<double>(low);
    moving_high_ = static_cast<double>(high);
  }
  low_ = std::min(low_, low);
  high_ = std::max(high_, high);
  sum_ += sum;
  sum_square_ += square;
  low_sum_ += static_cast<double>(low);
  high_sum_ += static_cast<double>(high);
  moving_low_ += kMovingWeight * (static_cast<double>(low) - moving_low_);
  moving_high_ += kMovingWeight * (static_cast<double>(high) - moving_high_);
  elements_ += count;
  merge_channels(figures.low, figures.high, figures.sum, count / walk.channels);
  count_evenly(view, kMaxCounted, histogram_);
  ++samples_;
  // 1, 2, 3, 4, 6, 8, 12, ...: powers of two and one and a half of them.
  const std::int64_t odd = samples_ % 3 == 0 ? samples_ / 3 : samples_;
  if ((odd & (odd - 1)) == 0 && (odd == samples_ || samples_ > 2)) {
    std::rotate(early_.begin(), early_.begin() + 1, early_.end());
    early_.back() = {samples_, channel_count_, widths_now()};
  }
  if ((samples_ & (samples_ - 1)) == 0) history_.push_back({samples_, low_, high_});
  return {};
}

void TensorStats::merge_channels(const std::vector<float>& low, const std::vector<float>& high,
                                 const std::vector<double>& sum, std::int64_t count) {
  if (channels_differ_) return;
  if (samples_ == 0) {
    channel_low_ = low;
    channel_high_ = high;
    channel_sum_ = sum;
    channel_count_ = count;
    return;
  }
  if (low.size() != channel_low_.size()) {
    channels_differ_ = true;
    channel_low_.clear();
    channel_high_.clear();
    channel_sum_.clear();
    return;
  }
  for (std::size_t c = 0; c < low.size(); ++c) {
    channel_low_[c] = std::min(channel_low_[c], low[c]);
    channel_high_[c] = std::max(channel_high_[c], high[c]);
    channel_sum_[c] += sum[c];
  }
  channel_count_ += count;
}

std::vector<float> TensorStats::widths_now() const {
  std::vector<float> widths;
  for (std::size_t c = 0; c < channel_low_.size(); ++c) {
    widths.push_back(std::max(-channel_low_[c], channel_high_[c]));
  }
  return widths;
}

ChannelWidths TensorStats::channel_widths() const {
  ChannelWidths widths{widths_now(), {}, 0};
  for (const Early& early : early_) {
    const bool fits = early.samples > 0 && early.samples * 4 <= samples_ * 3;
    if (!fits || early.widths.size() != widths.all.size()) continue;
    widths.early = early.widths;
    widths.later_elements = channel_count_ - early.channel_count;
  }
  return widths;
}

double TensorStats::mean() const {
  return elements_ == 0 ? 0.0 : sum_ / static_cast<double>(elements_);
}
double TensorStats::mean_square() const {
  return elements_ == 0 ? 0.0 : sum_square_ / static_cast<double>(elements_);
}
double TensorStats::mean_low() const {
  return samples_ == 0 ? 0.0 : low_sum_ / static_cast<double>(samples_);
}
double TensorStats::mean_high() const {
  return samples_ == 0 ? 0.0 : high_sum_ / static_cast<double>(samples_);
}

std::vector<double> TensorStats::channel_mean() const {
  std::vector<double> means = channel_sum_;
  for (double& mean : means) {
    if (channel_count_ > 0) mean /= static_cast<double>(channel_count_);
  }
  return means;
}

}  // namespace vernier
