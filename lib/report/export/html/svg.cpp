#include "report/export/html/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/export/text.h"

namespace vernier::exports {
namespace {

std::vector<double> linear_ticks(double low, double high, int wanted) {
  const double raw = (high - low) / std::max(wanted, 1);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10.0 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; i <= 2 * wanted + 2; ++i) {
    const double value = (first + i) * step;
    if (value > high + step * 1e-9) break;
    ticks.push_back(value);
  }
  return ticks;
}

std::vector<double> log_ticks(double low, double high, int wanted) {
  std::vector<double> best;
  for (const auto& factors : {std::vector<double>{1, 2, 3, 5, 7}, {1, 2, 5}, {1, 3}, {1}}) {
    std::vector<double> ticks;
    for (double power = std::floor(std::log10(low)); power <= std::ceil(std::log10(high));
         ++power) {
      for (const double factor : factors) {
        const double value = factor * std::pow(10.0, power);
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push_back(value);
      }
    }
    if (best.empty() || static_cast<int>(best.size()) > wanted) best = ticks;
  }
  const std::size_t stride = best.size() / static_cast<std::size_t>(std::max(wanted, 1)) + 1;
  std::vector<double> thinned;
  for (std::size_t i = 0; i < best.size(); i += stride) thinned.push_back(best[i]);
  return thinned;
}

}  // namespace

Scale::Scale(double low, double high, double from_px, double to_px, bool logarithmic)
    : low_(low), high_(high), from_(from_px), to_(to_px), logarithmic_(logarithmic) {
  if (!std::isfinite(low_)) low_ = logarithmic_ ? 1.0 : 0.0;
  if (!std::isfinite(high_)) high_ = low_;
  if (logarithmic_) low_ = std::max(low_, 1e-12);
  if (high_ > low_ && high_ - low_ > std::abs(high_) * 1e-9) return;
  const double pad = low_ == 0.0 ? 1.0 : std::abs(low_) * 0.05;
  high_ = low_ + pad;
  low_ -= logarithmic_ ? 0.0 : pad;
}

double Scale::operator()(double value) const {
  const double share = logarithmic_
                           ? std::log(std::max(value, 1e-12) / low_) / std::log(high_ / low_)
                           : (value - low_) / (high_ - low_);
  return from_ + std::clamp(share, -0.5, 1.5) * (to_ - from_);
}

std::vector<double> Scale::ticks(int wanted) const {
  if (logarithmic_ && high_ / low_ >= 3.0) return log_ticks(low_, high_, wanted);
  return linear_ticks(low_, high_, wanted);
}

std::string px(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  const std::string shown = text;
  return shown.size() > 2 && shown.ends_with(".0") ? shown.substr(0, shown.size() - 2) : shown;
}

std::string tick_label(double value, double step) {
  const int decimals =
      step > 0.0 ? std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 9) : 0;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

Frame wide_frame() { return {}; }

Frame narrow_frame() {
  Frame frame;
  frame.width = 340;
  frame.height = 280;
  frame.left = 52;
  frame.right = 8;
  frame.x_ticks = 4;
  frame.y_ticks = 5;
  frame.css = "narrow";
  return frame;
}

std::string svg_open(const Frame& frame, const std::string& id, std::string_view title,
                     std::string_view description) {
  return "<svg class=\"plot " + std::string(frame.css) + "\" viewBox=\"0 0 " + px(frame.width) +
         " " + px(frame.height) + "\" role=\"img\" aria-labelledby=\"" + id + "-t " + id +
         "-d\"><title id=\"" + id + "-t\">" + markup(title) + "</title><desc id=\"" + id + "-d\">" +
         markup(description) + "</desc>";
}

std::string axes(const Frame& f, const Axis& x, const Axis& y) {
  const double bottom = f.height - f.bottom;
  const double right = f.width - f.right;
  std::string out;
  std::string grid;
  for (std::size_t i = 0; i < y.ticks.size(); ++i) {
    const std::string at = px((*y.scale)(y.ticks[i]));
    grid += "M" + px(f.left) + " " + at + "H" + px(right);
    out += "<text class=\"tick\" x=\"" + px(f.left - 6) + "\" y=\"" + at +
           "\" dy=\".32em\" text-anchor=\"end\">" + markup(y.labels[i]) + "</text>";
  }
  for (std::size_t i = 0; i < x.ticks.size(); ++i) {
    const std::string at = px((*x.scale)(x.ticks[i]));
    grid += "M" + at + " " + px(f.top) + "V" + px(bottom);
    out += "<text class=\"tick\" x=\"" + at + "\" y=\"" + px(bottom + 16) +
           "\" text-anchor=\"middle\">" + markup(x.labels[i]) + "</text>";
  }
  out += "<text class=\"axis\" x=\"" + px((f.left + right) / 2) + "\" y=\"" + px(f.height - 8) +
         "\" text-anchor=\"middle\">" + markup(x.name) + "</text>";
  out += "<text class=\"axis\" transform=\"translate(13 " + px((f.top + bottom) / 2) +
         ") rotate(-90)\" text-anchor=\"middle\">" + markup(y.name) + "</text>";
  return "<path class=\"grid\" d=\"" + grid + "\"/><path class=\"frame\" d=\"M" + px(f.left) + " " +
         px(f.top) + "V" + px(bottom) + "H" + px(right) + "\"/>" + out;
}

}  // namespace vernier::exports
