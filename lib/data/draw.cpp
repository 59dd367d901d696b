#include "data/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vernier {
namespace {

// Ten distinguishable colours (Tableau 10), RGB.
constexpr std::array<std::array<int, 3>, 10> kColors = {{{31, 119, 180},
                                                         {255, 127, 14},
                                                         {44, 160, 44},
                                                         {214, 39, 40},
                                                         {148, 103, 189},
                                                         {140, 86, 75},
                                                         {227, 119, 194},
                                                         {127, 127, 127},
                                                         {188, 189, 34},
                                                         {23, 190, 207}}};

std::string caption(const Detection& box, std::span<const std::string> labels) {
  const bool named = box.label >= 0 && static_cast<std::size_t>(box.label) < labels.size();
  std::array<char, 32> score{};
  std::snprintf(score.data(), score.size(), " %.2f", box.score);
  std::string text =
      named ? labels[static_cast<std::size_t>(box.label)] : "class " + std::to_string(box.label);
  return text + score.data();
}

}  // namespace

Result<Image> draw_detections(const Image& image, std::span<const Detection> detections,
                              std::span<const std::string> labels) {
  Image result = image;
  try {
    cv::Mat canvas(result.height, result.width, CV_8UC3, result.rgb.data());
    const int line = std::max(1, std::max(image.width, image.height) / 400);
    const double font = std::max(0.4, std::max(image.width, image.height) / 1600.0);
    for (const Detection& box : detections) {
      const auto& rgb = kColors[static_cast<std::size_t>(std::abs(box.label)) % kColors.size()];
      const cv::Scalar color(rgb[0], rgb[1], rgb[2]);
      const cv::Point corner(static_cast<int>(std::lround(box.x0)),
                             static_cast<int>(std::lround(box.y0)));
      const cv::Point opposite(static_cast<int>(std::lround(box.x1)),
                               static_cast<int>(std::lround(box.y1)));
      cv::rectangle(canvas, corner, opposite, color, line);
      const std::string text = caption(box, labels);
      int below = 0;
      const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, font, line, &below);
      const int top = std::max(corner.y, size.height + below);
      cv::rectangle(canvas, {corner.x, top - size.height - below}, {corner.x + size.width, top},
                    color, cv::FILLED);
      cv::putText(canvas, text, {corner.x, top - below}, cv::FONT_HERSHEY_SIMPLEX, font,
                  cv::Scalar(255, 255, 255), line, cv::LINE_AA);
    }
  } catch (const cv::Exception& e) {
    return internal_error("boxes were not drawn: " + std::string(e.err));
  }
  return result;
}

}  // namespace vernier
