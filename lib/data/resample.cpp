#include "data/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vernier {
namespace {

/// Weights of one output position over [first, first + weights.size()).
struct Window {
  int first = 0;
  std::vector<double> weights;
};

std::vector<Window> triangle_windows(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double support = std::max(scale, 1.0);
  std::vector<Window> windows(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int last = std::min(from, static_cast<int>(center + support + 0.5));
    Window& window = windows[static_cast<std::size_t>(i)];
    window.first = first;
    double total = 0.0;
    for (int k = first; k < last; ++k) {
      const double distance = std::abs((k - center + 0.5) / support);
      window.weights.push_back(std::max(0.0, 1.0 - distance));
      total += window.weights.back();
    }
    for (double& weight : window.weights) weight /= total;
  }
  return windows;
}

std::uint8_t round_to_byte(double value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
}

/// Filters along one axis; `step` is the distance of neighbours, `lines` the other axis.
void filter_line(const std::uint8_t* in, std::size_t in_step, std::uint8_t* out,
                 std::size_t out_step, const std::vector<Window>& windows) {
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Window& window = windows[i];
    double sum[3] = {0.0, 0.0, 0.0};
    const std::uint8_t* source = in + static_cast<std::size_t>(window.first) * in_step;
    for (const double weight : window.weights) {
      for (std::size_t c = 0; c < 3; ++c) sum[c] += weight * source[c];
      source += in_step;
    }
    for (std::size_t c = 0; c < 3; ++c) out[i * out_step + c] = round_to_byte(sum[c]);
  }
}

Image blank(int width, int height) {
  Image image{width, height, {}};
  image.rgb.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  return image;
}

}  // namespace

Image resize_antialiased(const Image& image, int width, int height) {
  Image middle = blank(width, image.height);
  const auto columns = triangle_windows(image.width, width);
  const auto in_row = static_cast<std::size_t>(image.width) * 3;
  const auto out_row = static_cast<std::size_t>(width) * 3;
  for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
    filter_line(image.rgb.data() + y * in_row, 3, middle.rgb.data() + y * out_row, 3, columns);
  }
  Image result = blank(width, height);
  const auto rows = triangle_windows(image.height, height);
  for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) {
    filter_line(middle.rgb.data() + x * 3, out_row, result.rgb.data() + x * 3, out_row, rows);
  }
  return result;
}

Image resize_bilinear(const Image& image, int width, int height) {
  Image result = blank(width, height);
  const cv::Mat from(image.height, image.width, CV_8UC3,
                     const_cast<std::uint8_t*>(image.rgb.data()));
  cv::Mat to(height, width, CV_8UC3, result.rgb.data());
  cv::resize(from, to, to.size(), 0.0, 0.0, cv::INTER_LINEAR);
  return result;
}

Image crop(const Image& image, int x, int y, int width, int height) {
  Image result = blank(width, height);
  const auto bytes = static_cast<std::size_t>(width) * 3;
  for (int row = 0; row < height; ++row) {
    const auto from = (static_cast<std::size_t>(y + row) * static_cast<std::size_t>(image.width) +
                       static_cast<std::size_t>(x)) *
                      3;
    std::memcpy(result.rgb.data() + static_cast<std::size_t>(row) * bytes, image.rgb.data() + from,
                bytes);
  }
  return result;
}

}  // namespace vernier
