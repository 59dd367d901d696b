#include "quant/tensor_stats.h"

#include <algorithm>
#include <cmath>
#include <cstring>
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

/// Pixels of all channels side by side, some pixels together so that figures stay in registers.
class PixelSums {
 public:
  explicit PixelSums(ChannelFigures& figures) : figures_(figures) {}
  void add(const float* pixel) {
    pixels_[count_] = pixel;
    if (++count_ == kPixels) flush();
  }
  void flush() {
    const std::size_t channels = figures_.low.size();
    std::size_t c = 0;
    for (; c + 2 * kWidth <= channels; c += 2 * kWidth) add_vectors<2>(c);
    for (; c + kWidth <= channels; c += kWidth) add_vectors<1>(c);
    for (; c < channels; ++c) add_channel(c);
    count_ = 0;
  }

 private:
  static constexpr std::size_t kPixels = 64;
  /// Four channels a vector, which the baseline of every target has.
  using Vector = float __attribute__((vector_size(16)));
  static constexpr std::size_t kWidth = 4;

  static Vector load(const float* from) {
    Vector v;
    std::memcpy(&v, from, sizeof(v));
    return v;
  }
  static void store(float* to, Vector v) { std::memcpy(to, &v, sizeof(v)); }
  static void add_doubles(double* to, Vector v) {
    for (std::size_t k = 0; k < kWidth; ++k) to[k] += static_cast<double>(v[k]);
  }

  template <std::size_t kVectors>
  void add_vectors(std::size_t first) {
    Vector low[kVectors];
    Vector high[kVectors];
    Vector sum[kVectors] = {};
    Vector square[kVectors] = {};
    for (std::size_t k = 0; k < kVectors; ++k) {
      low[k] = load(&figures_.low[first + k * kWidth]);
      high[k] = load(&figures_.high[first + k * kWidth]);
    }
    for (std::size_t i = 0; i < count_; ++i) {
      const float* pixel = pixels_[i] + first;
      for (std::size_t k = 0; k < kVectors; ++k) {
        const Vector x = load(pixel + k * kWidth);
        low[k] = x < low[k] ? x : low[k];
        high[k] = x > high[k] ? x : high[k];
        sum[k] += x;
        square[k] += x * x;
      }
    }
    for (std::size_t k = 0; k < kVectors; ++k) {
      store(&figures_.low[first + k * kWidth], low[k]);
      store(&figures_.high[first + k * kWidth], high[k]);
      add_doubles(&figures_.sum[first + k * kWidth], sum[k]);
      add_doubles(&figures_.square[first + k * kWidth], square[k]);
    }
  }

  void add_channel(std::size_t channel) {
    for (std::size_t i = 0; i < count_; ++i) {
      const float x = pixels_[i][channel];
      figures_.low[channel] = std::min(figures_.low[channel], x);
      figures_.high[channel] = std::max(figures_.high[channel], x);
      figures_.sum[channel] += static_cast<double>(x);
      figures_.square[channel] += static_cast<double>(x) * static_cast<double>(x);
    }
  }

  ChannelFigures& figures_;
  const float* pixels_[kPixels] = {};
  std::size_t count_ = 0;
};

ChannelFigures figures_of(const TensorView& view, const ChannelWalk& walk) {
  ChannelFigures figures(static_cast<std::size_t>(walk.channels));
  if (walk.channels_inside) {
    PixelSums sums(figures);
    walk.for_each_run(view, [&](const float* run, std::int64_t, std::int64_t) { sums.add(run); });
    sums.flush();
  } else {
    walk.for_each_run(view, [&](const float* run, std::int64_t count, std::int64_t channel) {
      add_run(run, static_cast<std::size_t>(count), figures, static_cast<std::size_t>(channel));
    });
  }
  return figures;
}

}  // namespace

Error not_finite_error(const std::string& tensor, std::int64_t sample) {
  Error error =
      invalid_data("the tensor has values that are not finite in sample " + std::to_string(sample),
                   "E-CALIBRATION-VALUE");
  error.where.tensor = tensor;
  return error;
}

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
    return not_finite_error(name_, samples_ + 1);
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
